// A text with gaps where documents of other origins come in: strings, and [number of the frame, depth] between them.
class Pieces {
  constructor() {
    this.parts = []; // of the string that is being written
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

  // Ends it.
  get pieces() {
    return [...this.done, this.written()];
  }
}
