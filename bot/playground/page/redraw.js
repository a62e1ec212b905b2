// Lets any part ask for the page to be drawn again without knowing who draws it.

/** @type {() => void} */
let draw = () => {};

/** @param {() => void} drawPage */
export function drawWith(drawPage) {
  draw = drawPage;
}

export function redraw() {
  draw();
}
