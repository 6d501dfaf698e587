/** What is wrong with a page for those who do not see it; an expression, run in the page. */
() => {
  const faults = [];
  const check = (holds, words) => { if (!holds) faults.push(words); };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility();
  const outline = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const said = (id) => document.getElementById(id)?.textContent.trim();
  const pointed = (element, by) => (element.getAttribute(by) ?? "").split(/\s+/).filter(Boolean);
  const named = (element) =>
    Boolean(element.getAttribute("aria-label")?.trim())
    || pointed(element, "aria-labelledby").some(said)
    || [...(element.labels ?? [])].some((label) => label.textContent.trim());
  const one = (selector) => check(all(selector).length === 1, `${all(selector).length} × ${selector}`);

  check(document.documentElement.lang, "no language");
  check(document.title.trim(), "no title");
  one("h1");
  one("main");
  one("body > header");

  const levels = all("h1, h2, h3, h4, h5, h6").filter(shown).map((each) => Number(each.tagName[1]));
  for (const [i, level] of levels.entries()) {
    check(level <= (levels[i - 1] ?? 0) + 1, `h${level} after ${i ? `h${levels[i - 1]}` : "nothing"}`);
  }

  for (const control of all("input:not([type=hidden]), select, textarea")) {
    check(named(control), `no label: ${outline(control)}`);
  }
  // What is folded away has no text to be heard until it is opened.
  for (const button of all("button, a[href], [role=button]").filter(shown)) {
    check(named(button) || button.innerText.trim(), `no name: ${outline(button)}`);
  }
  for (const element of all("img:not([alt]), [role=img], nav, fieldset:not(:has(> legend)), [role=region], [tabindex='0']")) {
    check(named(element), `no name: ${outline(element)}`);
  }

  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids.filter((each, i) => ids.indexOf(each) !== i))) faults.push(`twice: #${id}`);
  for (const by of ["for", "aria-labelledby", "aria-describedby", "aria-controls"]) {
    for (const element of all(`[${by}]`)) {
      for (const id of pointed(element, by)) check(ids.includes(id), `${by} leads to no #${id}`);
    }
  }
  check(all("[tabindex]").every((each) => each.tabIndex <= 0), "a tabindex above 0");
  return faults;
}
