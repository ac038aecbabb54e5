"""How the mailbox's pages look: one column, from a phone's width on, light and dark."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1d2320; --soft: #5d6862; --line: #dfe4e0; --paper: #f7f8f6; --card: #fff;
  --mark: #e3efe8; --mark-ink: #1f5a3f; --link: #1f6a4a }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebe8; --soft: #9aa6a0; --line: #2c3531; --paper: #131816; --card: #1a211e;
    --mark: #1f3a2e; --mark-ink: #a5dcc0; --link: #86cfaa } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1.25rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere }
header { margin-bottom: 1.25rem }
header p { margin: 0; color: var(--soft) }
header p:first-child { margin-bottom: .75rem }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650 }
a { color: var(--link); text-underline-offset: .15em }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px }
.empty { padding: 3rem 1rem; text-align: center; color: var(--soft); border: 1px dashed var(--line);
  border-radius: 12px }
.mails { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; overflow: hidden }
.mails li + li { border-top: 1px solid var(--line) }
.mails a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .15rem 1rem; padding: .8rem 1rem;
  color: inherit; text-decoration: none }
.mails a:hover { background: var(--mark) }
.mails a:focus-visible { outline-offset: -3px }
.subject { font-weight: 600 }
.who, time, .files, nav span { color: var(--soft); font-size: .875rem }
time { white-space: nowrap; font-variant-numeric: tabular-nums }
.marks { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: end; align-items: center }
.kind { background: var(--mark); color: var(--mark-ink); border-radius: 999px; padding: .05rem .6rem;
  font-size: .8125rem; font-weight: 550 }
dl { margin: .5rem 0 0; font-size: .9375rem }
dl div { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .75rem; padding: .15rem 0 }
dt { color: var(--soft) }
dd { margin: 0 }
nav { display: flex; flex-wrap: wrap; gap: 1rem; align-items: baseline; margin-bottom: .5rem }
nav span { margin-left: auto }
iframe { display: block; width: 100%; height: 34rem; margin: 0 auto 1rem; resize: vertical; background: #fff;
  color-scheme: light; border: 1px solid var(--line); border-radius: 12px }
iframe.phone { max-width: 375px; height: 42rem }
details { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .6rem 1rem;
  margin-bottom: .75rem }
summary { cursor: pointer; font-weight: 600 }
pre { margin: .75rem 0 .25rem; padding: .75rem; background: var(--paper); border-radius: 8px; white-space: pre-wrap;
  font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
@media (max-width: 34rem) {
  .mails a { grid-template-columns: minmax(0, 1fr) }
  .marks { justify-content: start }
  dl div { grid-template-columns: minmax(0, 1fr); gap: 0; padding: .3rem 0 }
  nav span { margin-left: 0; flex-basis: 100% } }
"""
