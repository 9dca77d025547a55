/* Completes what Material builds in the browser: the dialog gets a name, the button of a code block
   is no landmark, and keys scroll what is wider than the page. */
const WIDE = ".md-typeset__scrollwrap, .highlight-ipynb, .jp-RenderedText pre";

function complete() {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const button of document.querySelectorAll(".md-code__nav")) {
    button.setAttribute("role", "none");
  }
  for (const box of document.querySelectorAll(WIDE)) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  }
}

complete();
new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", complete);
