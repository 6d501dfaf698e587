/** How wide a page is that is wider than its window, and by what; an expression, run in the page. */
() => {
  const { scrollWidth } = document.documentElement;
  if (scrollWidth <= innerWidth) return [];
  const over = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
    .map((element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 90));
  return [`${scrollWidth} px of ${innerWidth}`, ...over.slice(0, 5)];
}
