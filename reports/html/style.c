/* The page's frame: its style sheet, with colours from the palette, and a script that only adds sorting. */
#include "reports/html/html.h"
#include "reports/html/palette.h"

#include <string.h>

enum { SECTIONS_LISTED = 2 }; /* fewer need no list */

static const char style[] =
	/* text */
	"*{box-sizing:border-box}"
	"html{-webkit-text-size-adjust:100%}"
	"body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}"
	"main{max-width:60rem;margin:0 auto;padding:1rem 1.25rem 3rem}"
	"h1{font-size:2.4rem;line-height:1.1;margin:0;letter-spacing:.02em}"
	"h2{font-size:1.35rem;margin:2.2rem 0 .6rem;padding-top:.4rem;border-top:2px solid var(--rule);overflow-wrap:anywhere}"
	"h3{font-size:1.05rem;margin:1.2rem 0 .4rem;overflow-wrap:anywhere}"
	"p{margin:.35rem 0}"
	"a{color:var(--link)}"
	"code,pre{font:.88em/1.5 ui-monospace,\"DejaVu Sans Mono\",Menlo,monospace}"
	"code{overflow-wrap:anywhere}"
	"pre{background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:.7rem .9rem;overflow-x:auto;white-space:pre-wrap;"
	"overflow-wrap:anywhere}"
	":focus-visible{outline:3px solid var(--link);outline-offset:2px}"
	".skip{position:absolute;left:-99rem}"
	".skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.3rem .6rem;z-index:1}"
	".further,.key,.quiet{color:var(--quiet)}"
	".further,.key{font-size:.88rem}"
	".word{font-weight:800;white-space:nowrap}"
	".pass .word{color:var(--pass)}.fail .word{color:var(--fail)}.doubt .word{color:var(--doubt)}"
	/* the verdict */
	".verdict{border-radius:10px;padding:1.1rem 1.3rem;border-left:10px solid var(--mark);background:var(--card)}"
	".verdict.pass{background:var(--pass-back);border-color:var(--pass)}.verdict.pass h1{color:var(--pass)}"
	".verdict.fail{background:var(--fail-back);border-color:var(--fail)}.verdict.fail h1{color:var(--fail)}"
	".verdict.doubt{background:var(--doubt-back);border-color:var(--doubt)}.verdict.doubt h1{color:var(--doubt)}"
	".meaning{font-size:1.3rem;line-height:1.3;font-weight:700;margin:.5rem 0 .3rem;overflow-wrap:anywhere}"
	".sentence{font-size:1.05rem;overflow-wrap:anywhere}"
	".measured,.sides{color:var(--quiet);font-size:.92rem}"
	".measured{overflow-wrap:anywhere}"
	".sides{margin:.6rem 0 0}.sides div{display:flex;gap:.6rem}"
	".sides dt{min-width:5.2rem;font-weight:600;color:var(--ink)}.sides dd{margin:0;overflow-wrap:anywhere}"
	"nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.9rem 0 0;padding:0;font-size:.92rem}"
	"nav a{display:inline-block;padding:.2rem 0}nav+section h2{margin-top:1.2rem}"
	"time{white-space:nowrap}"
	/* gates */
	".gates{list-style:none;margin:0;padding:0;display:grid;gap:.8rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}"
	".gate{background:var(--card);border:1px solid var(--rule);border-left:6px solid;border-radius:8px;padding:.7rem .9rem;min-width:0;"
	"overflow-wrap:anywhere}"
	".gate.pass{border-left-color:var(--pass)}.gate.fail{border-left-color:var(--fail)}.gate.doubt{border-left-color:var(--doubt)}"
	".gate h3{margin:0}.gate p{font-size:.95rem}"
	/* tables */
	"table{border-collapse:collapse;width:100%;font-size:.93rem}"
	"th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--rule)}"
	"thead th{color:var(--quiet);font-weight:600;font-size:.85rem}"
	"tbody th{font-weight:600;overflow-wrap:break-word;min-width:3.6rem;max-width:16rem}"
	"td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere;min-width:4.1rem}"
	"td.plot{width:16.5rem;min-width:0;padding:.1rem 0;vertical-align:middle}"
	".relevant{background:var(--pass-back)}"
	".facts th{width:15rem;font-weight:400;color:var(--quiet)}"
	".wide,.scroll{overflow-x:auto}"
	"th button{all:unset;cursor:pointer;text-decoration:underline dotted}"
	"th button:focus-visible{outline:3px solid var(--link)}"
	"details{margin:.5rem 0}"
	"summary{cursor:pointer;padding:.25rem 0;overflow-wrap:anywhere}"
	/* plots */
	"svg{display:block;width:100%;height:auto;margin:.3rem 0;font:12px system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}"
	"svg.wide,svg.strip{overflow:visible}"
	"svg.difference{max-width:16.25rem;margin:0}"
	"svg.strip{max-width:30rem}"
	"text{fill:var(--ink)}"
	"text.pass{fill:var(--pass)}text.fail{fill:var(--fail)}text.baseline{fill:var(--baseline)}text.candidate{fill:var(--candidate)}"
	".tick{fill:var(--quiet);font-size:12px}"
	".value{font-weight:700;font-size:14px}"
	".label{font-weight:600;font-size:14px}"
	".allowed{fill:var(--rule);fill-opacity:.55}"
	".forbidden{fill:var(--forbidden)}"
	".limit{stroke:var(--ink);stroke-width:2}"
	".zero{stroke:var(--mark);stroke-width:1;stroke-dasharray:3 2}"
	".axis{stroke:var(--mark)}"
	".grid{stroke:var(--rule)}"
	".span{stroke-width:4;stroke-linecap:round}"
	".span.pass{stroke:var(--pass)}.span.fail{stroke:var(--fail)}.span.doubt{stroke:var(--doubt)}.span.quiet{stroke:var(--mark)}"
	".span.baseline{stroke:var(--baseline);stroke-width:2}.span.candidate{stroke:var(--candidate);stroke-width:2}"
	".dot{stroke:var(--page);stroke-width:1.5}"
	".dot.pass,.area.pass{fill:var(--pass)}.dot.fail,.area.fail{fill:var(--fail)}.dot.doubt{fill:var(--doubt)}"
	".dot.quiet,.bar.quiet{fill:var(--mark)}.bar.exact{fill:var(--exact)}.bar.index{fill:var(--index)}"
	".dot.baseline{fill:var(--baseline)}.dot.candidate{fill:var(--candidate)}"
	".steps{fill:none;stroke-width:2.5}.steps.baseline{stroke:var(--baseline)}.steps.candidate{stroke:var(--candidate);stroke-dasharray:7 3}"
	"dt.baseline,b.baseline{color:var(--baseline)!important}dt.candidate,b.candidate{color:var(--candidate)!important}"
	/* on a phone cells stand below each other */
	"@media(max-width:40rem){"
	"main{padding:.6rem .7rem 2rem}h1{font-size:1.9rem}"
	".verdict{padding:.8rem .8rem;border-left-width:7px}.meaning{font-size:1.15rem}.sentence{font-size:1rem}.sides div{display:block}"
	"svg.wide{min-width:33rem}svg.strip .tick{font-size:16px}svg.strip .value{font-size:18px}"
	".stacked thead{position:absolute;left:-99rem}"
	".stacked,.stacked tbody,.stacked tr,.stacked th,.stacked td{display:block;width:auto}"
	".stacked tr{border-bottom:1px solid var(--rule);padding:.4rem 0}"
	".stacked th,.stacked td{border:0;padding:.05rem 0}.stacked td:empty{display:none}"
	".stacked td[data-name]::before{content:attr(data-name) \": \";color:var(--quiet)}"
	".stacked td.plot{width:auto}"
	".facts th,.facts td{display:block;width:auto;border:0;padding:.05rem 0}"
	".facts tr{display:block;padding:.25rem 0;border-bottom:1px solid var(--rule)}}"
	/* on paper what was run is open, and what else was closed stays so: ten topics laid open take twenty sheets */
	"@media print{"
	"body{font-size:10pt}main{max-width:none;padding:0}h1{font-size:22pt}h2{margin-top:1.4rem}"
	".skip,nav{display:none}.scroll,.wide{overflow:visible}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}"
	".gates{grid-template-columns:1fr 1fr}"
	".verdict,.gate,tr,svg{break-inside:avoid}h2,h3,summary{break-after:avoid}"
	".paper>summary{list-style:none}.paper::details-content{content-visibility:visible;block-size:auto}}";

/* Columns sort when their heads are pressed; without it the page says the same. */
static const char script[] =
	"for(const t of document.querySelectorAll('table.sortable')){t.querySelectorAll('thead th').forEach((h,c)=>{"
	"const b=document.createElement('button');b.textContent=h.textContent;h.textContent='';h.append(b);"
	"b.addEventListener('click',()=>{const up=h.getAttribute('aria-sort')!=='ascending';"
	"t.querySelectorAll('th[aria-sort]').forEach(x=>x.removeAttribute('aria-sort'));h.setAttribute('aria-sort',up?'ascending':'descending');"
	"const k=r=>r.cells[c].textContent.trim();const n=s=>/^[+-]?[\\d.]/.test(s)?parseFloat(s):NaN;const body=t.tBodies[0];"
	"[...body.rows].sort((x,y)=>{const a=k(x),b=k(y),d=n(a)-n(b);return(isNaN(d)?a.localeCompare(b):d)*(up?1:-1)}).forEach(r=>body.append(r))})})}";

static void add_colours(struct rq_buf *out, bool dark)
{
	for (const struct rq_colour *colour = rq_palette; colour->name != NULL; colour++)
		rq_buf_printf(out, "--%s:%s;", colour->name, dark ? colour->dark : colour->light);
}

void rq_page_begin(struct rq_page *page, const char *title, const char *id)
{
	struct rq_buf *out = page->out;

	rq_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	                 "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
	                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
	                 "img-src data:\">\n"
	                 "<link rel=\"icon\" href=\"data:,\">\n");
	rq_html_put(out, "<title>%s</title>\n<style>", title);
	rq_buf_puts(out, ":root{");
	add_colours(out, false);
	rq_buf_puts(out, "}@media screen and (prefers-color-scheme:dark){:root{");
	add_colours(out, true);
	rq_buf_puts(out, "}}");
	rq_buf_puts(out, style);
	rq_buf_printf(out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#%s\">To the %s</a>\n<main>\n", id, id);
}

/* ---- the list of sections ---- */

static const char *after(const char *text, const char *words)
{
	const char *at = text == NULL ? NULL : strstr(text, words);

	return at == NULL ? NULL : at + strlen(words);
}

void rq_html_contents(struct rq_page *page)
{
	page->contents = page->out->size;
}

/* Sections tell themselves by their headings, which no text of a user's can look like: its "<" is escaped. */
static void insert_contents(struct rq_page *page)
{
	static const char heading[] = "<h2 id=\"";
	struct rq_buf *out = page->out;
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	size_t sections = 0;

	if (page->contents == 0 || out->failed)
		return;
	rq_buf_puts(&list, "<nav aria-label=\"Sections\"><ul>\n");
	for (const char *id = after(out->data + page->contents, heading); id != NULL; id = after(id, heading)) {
		int name = (int)strcspn(id, "\""), title = (int)strcspn(id + name + 2, "<");
		rq_buf_printf(&list, "<li><a href=\"#%.*s\">%.*s</a></li>\n", name, id, title, id + name + 2);
		sections++;
	}
	rq_buf_puts(&list, "</ul></nav>\n");
	if (sections < SECTIONS_LISTED)
		return;
	rq_buf_add(&list, out->data + page->contents, out->size - page->contents);
	page->failed |= list.failed;
	if (list.failed)
		return;
	out->size = page->contents;
	rq_buf_add(out, list.data, list.size);
}

void rq_page_end(struct rq_page *page)
{
	insert_contents(page);
	rq_buf_puts(page->out, "</main>\n<script>");
	rq_buf_puts(page->out, script);
	rq_buf_puts(page->out, "</script>\n</body>\n</html>\n");
}
