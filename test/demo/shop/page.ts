import { faults } from './faults.ts';

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem;
         color: #1f2430; background: #fafafa; }
  article { border: 1px solid #d5d8de; border-radius: 8px; padding: 1rem 1.25rem; margin: 1rem 0; background: #fff;
            display: flex; gap: 1rem; align-items: center; justify-content: space-between; }
  article[hidden] { display: none }
  h1 { font-size: 1.5rem } h2 { font-size: 1.05rem; margin: 0 } p { margin: 0 }
  button { font: inherit; padding: .45rem 1rem; border-radius: 6px; border: 1px solid #b3261e; background: #fff;
           color: #b3261e; cursor: pointer; white-space: nowrap; }
  button[aria-pressed=true] { background: #b3261e; color: #fff; }
  @media (prefers-color-scheme: dark) {
    body { color: #e6e8ee; background: #14161b } article { background: #1d2027; border-color: #363b46 }
    button { background: #1d2027; color: #ff8a80; border-color: #ff8a80 }
    button[aria-pressed=true] { background: #ff8a80; color: #14161b }
  }`;

const script = `
  async function show() {
    const on = await (await fetch('/faults')).json();
    for (const button of document.querySelectorAll('button')) {
      button.closest('article').hidden = !(button.name in on);
      button.ariaPressed = String(on[button.name]);
      const killed = on[button.name] && button.name.endsWith('-down');
      button.disabled = killed;
      button.textContent = killed ? 'Down, until it is started again' : on[button.name] ? 'Repair' : 'Break';
    }
  }
  document.addEventListener('click', async ({ target }) => {
    if (target.tagName === 'BUTTON') {
      const on = target.ariaPressed !== 'true';
      await fetch('/faults/' + target.name, { method: on ? 'POST' : 'DELETE' });
      await show();
    }
  });
  show(); setInterval(show, 2000);`;

/** The page of the shop with its fault buttons. */
export function shopPage(): string {
  const articles = Object.entries(faults).map(
    ([name, { title, text }]) =>
      `<article><div><h2>${title}</h2><p>${text}</p></div><button name="${name}" aria-pressed="false">Break</button></article>`
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo shop</title><style>${style}</style>
<h1>Demo shop: what shall break?</h1>
<p>A fault of a page ends after ten minutes, or when you repair it: watch the dashboard <em>Shop</em> meanwhile. A killed
service stays down until it is started again: by AIOps &gt; Remediation, which does it alone for the one and asks for the
other.</p>
${articles.join('\n')}<script>${script}</script></html>`;
}
