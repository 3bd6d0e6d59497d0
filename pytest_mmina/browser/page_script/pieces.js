// A text with gaps where documents of other origins come in: strings, and [number of the frame, depth] between them.
class Pieces {
  constructor() {
    this.pieces = [""];
  }

  add(text) {
    this.pieces[this.pieces.length - 1] += text;
  }

  line(text) {
    this.add(this.pieces.length === 1 && this.pieces[0] === "" ? text : `\n${text}`);
  }

  foreign(number, depth) {
    if (number) this.pieces.push([number, depth], "");
  }

  append({ pieces: [first, ...rest] }) {
    this.add(first);
    this.pieces.push(...rest);
  }
}
