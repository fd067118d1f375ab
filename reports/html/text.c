/* Text of a page, and its pieces. */
#include "reports/html/html.h"

#include "evalcore/base/parse.h"

#include <stdio.h>
#include <string.h>

void rq_html_text(struct rq_buf *out, const char *text)
{
	const char *valid = text + rq_utf8_invalid_at(text, strlen(text));

	for (const char *at = text; *at != '\0'; at++) {
		if (valid < at)
			valid = at + rq_utf8_invalid_at(at, strlen(at));
		size_t unprintable = (unsigned char)*at < 0x20 ? 0 : rq_unprintable(at, (size_t)(valid - at));
		if ((unsigned char)*at < 0x20)
			rq_buf_puts(out, " ");
		else if (unprintable > 0) {
			rq_buf_puts(out, "?");
			at += unprintable - 1;
		} else if (*at == '&')
			rq_buf_puts(out, "&amp;");
		else if (*at == '<')
			rq_buf_puts(out, "&lt;");
		else if (*at == '>')
			rq_buf_puts(out, "&gt;");
		else if (*at == '"')
			rq_buf_puts(out, "&quot;");
		else if (*at == '\'')
			rq_buf_puts(out, "&#39;");
		else
			rq_buf_add(out, at, 1);
	}
}

void rq_html_put(struct rq_buf *out, const char *format, const char *text)
{
	const char *place = strstr(format, "%s");

	rq_buf_add(out, format, (size_t)(place - format));
	rq_html_text(out, text);
	rq_buf_puts(out, place + 2);
}

void rq_html_section(struct rq_page *page, const char *id, const char *title)
{
	char part[24] = "";

	if (page->part > 1) /* the first keeps the plain name, which links lead to */
		snprintf(part, sizeof part, "-%zu", page->part);
	rq_buf_printf(page->out, "<section aria-labelledby=\"%s%s\"><h2 id=\"%s%s\">", id, part, id, part);
	if (page->about != NULL)
		rq_html_put(page->out, "%s: ", page->about);
	rq_html_put(page->out, "%s</h2>\n", title);
}

void rq_html_end_section(struct rq_page *page)
{
	rq_buf_puts(page->out, "</section>\n");
}

void rq_html_table(struct rq_page *page, const char *kind, const char *const *heads)
{
	rq_html_put(page->out, "<table class=\"%s\"><thead><tr>", kind);
	for (; *heads != NULL; heads++)
		rq_html_put(page->out, "<th scope=\"col\">%s</th>", *heads);
	rq_buf_puts(page->out, "</tr></thead><tbody>\n");
}

void rq_html_fact(struct rq_buf *out, const char *name, const char *text)
{
	rq_html_put(out, "<tr><th scope=\"row\">%s</th>", name);
	rq_html_put(out, "<td>%s</td></tr>\n", text);
}

void rq_html_link(struct rq_buf *out, const char *address)
{
	if (strncmp(address, "https://", 8) != 0 && strncmp(address, "http://", 7) != 0) {
		rq_html_text(out, address);
		return;
	}
	rq_html_put(out, "<a rel=\"noopener noreferrer\" href=\"%s\">", address);
	rq_html_put(out, "%s</a>", address);
}
