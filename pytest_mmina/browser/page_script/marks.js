// The format `marks`: the actionable elements in view, each with the box that is drawn around it in the picture.

const ACTABLE = words(`button checkbox combobox link listbox menuitem menuitemcheckbox menuitemradio option radio searchbox
  slider spinbutton switch tab textbox treeitem`);

function marksOf(root) {
  const marks = [];
  const visit = (node, scope) => {
    for (const child of node.children) {
      if (typeof child === "string") continue;
      const inner = child.role === "iframe" && !child.isForeign && child.children.length
        ? innerScope(child.element, contentDocumentOf[child.tag](child.element), scope)
        : scope;
      if (child.number && (ACTABLE.has(child.role) || child.pointer)) addMark(child, scope, marks);
      visit(child, inner);
    }
  };
  visit(root, new Scope(document, null));
  return marks;
}

function addMark(node, scope, marks) {
  const box = getBoundingClientRect.call(node.element);
  const { clientWidth, clientHeight } = rootElementOf(document);
  const left = Math.max(0, box.left + scope.left), top = Math.max(0, box.top + scope.top);
  const right = Math.min(clientWidth, box.right + scope.left), bottom = Math.min(clientHeight, box.bottom + scope.top);
  if (right - left < 2 || bottom - top < 2) return;
  // A covered element cannot be acted on. The hit test takes a point in the coordinates of the element's document.
  const hit = hitBy(node.element, (left + right) / 2 - scope.left, (top + bottom) / 2 - scope.top, scope.document);
  if (hit) marks.push([node.number, node.role, node.name, Math.round(left), Math.round(top), Math.round(right), Math.round(bottom)]);
}

function hitBy(element, x, y, inner) {
  const root = rootOf(element);
  const found = root && nodeType(root) === FRAGMENT ? root.elementFromPoint(x, y) : elementFromPoint.call(inner, x, y);
  for (let node = found; node; node = parentAcrossShadow(node)) if (node === element) return true;
  return found !== null && labelsOf(element).some(label => label.contains(found));
}
