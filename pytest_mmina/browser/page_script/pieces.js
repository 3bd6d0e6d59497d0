// A text with gaps for documents of other origins: strings, and [number of the frame, depth] between them.
class Pieces {
  constructor() {
    this.parts = []; // of the current string
    this.done = [];
  }

  add(text) {
    this.parts.push(text);
  }

  line(text) {
    this.parts.push(this.parts.length || this.done.length ? "\n" : "", text);
  }

  foreign(number, depth) {
    if (number) this.done.push(this.written(), [number, depth]);
  }

  append(pieces) {
    for (const piece of pieces) {
      if (typeof piece === "string") this.add(piece);
      else this.foreign(...piece);
    }
  }

  written() {
    const text = this.parts.join("");
    this.parts = [];
    return text;
  }

  // Finishes the text.
  get pieces() {
    return [...this.done, this.written()];
  }
}
