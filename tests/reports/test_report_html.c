/* report.html: what is escaped, how its plots are named, its contrasts and its size. In a browser it is looked at by tests/ci/html.sh. */
#include "fixture.h"

#include "evalcore/base/random.h"
#include "reports/html/html.h"
#include "reports/html/palette.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = report_start();
}

static void tear_down(void)
{
	report_end(fixture);
}

static void write(struct rq_buf *out)
{
	struct rq_error err = {0};

	ck_assert_msg(rq_writer_find("html")->write(out, &fixture->report, &err) == RQ_OK, "%s", err.text);
}

static size_t count(const char *text, const char *words)
{
	size_t found = 0;

	for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
		found++;
	return found;
}

static void expect(const struct rq_buf *page, const char *words)
{
	ck_assert_msg(strstr(page->data, words) != NULL, "\"%s\" is missing", words);
}

/* ---- what it says ---- */

START_TEST(the_first_screen)
{
	struct rq_buf page = {0};

	report_judged(fixture, "RR@10", .7, .5918, -.1454, -.0693);
	struct rq_gate_result *drop = report_gate(fixture, "drop(RR@10) <= 0.02", "RR@10", RQ_FAIL, "dropped 0.1082 (90 % interval -0.1454 to -0.0693), "
	                                          "margin 0.02");
	drop->value = -.1082;
	drop->limit = .02;
	drop->lower = -.1454;
	drop->upper = -.0693;
	drop->owner = "search";
	drop->runbook = "https://example.org/?a=1&b=2";
	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_PASS, "is 0.8000, floor 0.5");
	report_verdict(fixture, RQ_FAIL, "FAIL: RR@10 dropped 0.1082");
	write(&page);
	expect(&page, "<title>fail: help-centre</title>");
	expect(&page, "<h1><span class=\"sign\" aria-hidden=\"true\">\xe2\x9c\x95</span> FAIL</h1>\n<p class=\"meaning\">The change must not "
	       "roll out.</p>\n<p class=\"sentence\">RR@10 dropped 0.1082.</p>\n");
	expect(&page, "1 of 2 gates passed, on 4 topics of \xe2\x80\x9chelp-centre\xe2\x80\x9d, which can decide a margin of 0.02; profile pr; "
	              "<time>2026-11-21T03:36:50Z</time>.");
	expect(&page, "FAIL</span> RR@10 may drop by at most 0.02</h3>\n<p>RR@10 dropped 0.1082 (90 % interval -0.1454 to -0.0693), margin 0.02.</p>\n");
	expect(&page, "drop(RR@10) &lt;= 0.02 against its limit</title>");
	expect(&page, "the difference is -0.1082, 90 % interval -0.1454 to -0.0693; at least -0.0200 is allowed: FAIL</desc>");
	expect(&page, "pass</span> RR@10 at least 0.5</h3>");
	expect(&page, "the value is 0.8000, 90 % interval 0.7000 to 0.9000; at least 0.5 is allowed: pass</desc>");
	expect(&page, "owner: search \xc2\xb7 runbook: <a rel=\"noopener noreferrer\" href=\"https://example.org/?a=1&amp;b=2\">");
	ck_assert(strstr(page.data, "may drop by at most") < strstr(page.data, "RR@10 at least 0.5"));
	rq_buf_release(&page);
}
END_TEST

/* Every section, in its order, and none that is not there. */
START_TEST(sections_are_listed)
{
	struct rq_buf page = {0};

	report_judged(fixture, "RR@10", .7, .5918, -.1454, -.0693);
	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_PASS, "is 0.8000, floor 0.5");
	report_verdict(fixture, RQ_PASS, "PASS: 1 of 1 gates passed");
	write(&page);
	const char *from = strstr(page.data, "</header>\n<nav aria-label=\"Sections\"><ul>\n"), *to = strstr(page.data, "</ul></nav>\n<section ");
	ck_assert(from != NULL && to > from);
	size_t listed = 0;
	for (const char *at = strstr(from, "<li><a href=\"#"); at != NULL && at < to; at = strstr(at + 1, "<li><a href=\"#"), listed++) {
		const char *id = at + strlen("<li><a href=\"#"), *title = strchr(id, '>') + 1;
		RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
		expect(&page, rq_arena_printf(&arena, "<h2 id=\"%.*s\">%.*s</h2>", (int)strcspn(id, "\""), id, (int)strcspn(title, "<"), title));
	}
	ck_assert_uint_eq(listed, count(page.data, "<h2 id="));
	rq_buf_release(&page);
}
END_TEST

/* In a pull request nothing blocks then, and nothing was shown either. */
START_TEST(doubt_is_no_leave_to_roll_out)
{
	struct rq_buf page = {0};

	report_gate(fixture, "P@1 >= 0.5", "P@1", RQ_INCONCLUSIVE, "is not decided")->blocks = false;
	report_verdict(fixture, RQ_PASS, "PASS: 1 inconclusive");
	write(&page);
	ck_assert_ptr_null(strstr(page.data, "may roll out"));
	ck_assert_ptr_nonnull(strstr(page.data, "Nothing blocks, but not every gate passed"));
	expect(&page, "<header class=\"verdict doubt\">"); /* not green */
	rq_buf_release(&page);
}
END_TEST

START_TEST(what_decides_comes_first)
{
	struct rq_buf page = {0};

	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_PASS, "passes");
	report_gate(fixture, "P@1 >= 0.5", "P@1", RQ_INCONCLUSIVE, "is not decided")->blocks = false;
	report_gate(fixture, "R@1 >= 0.5", "R@1", RQ_INCONCLUSIVE, "is not decided, and blocks")->blocks = true;
	report_absent(report_gate(fixture, "AP >= 0.5", "AP", RQ_FAIL, "was not measured"));
	report_verdict(fixture, RQ_FAIL, "FAIL: AP was not measured");
	write(&page);
	const char *absent = strstr(page.data, "NO DATA</span> AP at least 0.5"), *undecided = strstr(page.data, "inconclusive</span> P@1 at least 0.5"),
			   *blocking = strstr(page.data, "inconclusive</span> R@1 at least 0.5"), *passed = strstr(page.data, "pass</span> RR@10 at least 0.5");
	ck_assert(absent != NULL && blocking > absent && undecided > blocking && passed > undecided);
	ck_assert_ptr_null(strstr(page.data, "AP &gt;= 0.5 against its limit")); /* there is nothing to draw */
	rq_buf_release(&page);
}
END_TEST

/* ---- what it must not say ---- */

#define EVIL "\"'></title></style><script>x</script>&amp;\x1b[2J\xff"

START_TEST(no_text_breaks_out)
{
	struct rq_buf page = {0};

	report_judged(fixture, "RR@10", .75, .5, -.5, 0);
	memcpy(fixture->values[0], (double[RQ_SIDES][REPORT_TOPICS]){{1, 1, 1, 1}, {0, 0, 1, 1}}, sizeof fixture->values[0]);
	report_attribution(fixture, 0);
	fixture->topics[0] = (struct rq_compared_topic){.id = EVIL, .text = EVIL, .slice = EVIL, .cause = EVIL};
	struct rq_gate_result *gate = report_gate(fixture, "RR@10[slice=" EVIL "] >= 0.5", "RR@10", RQ_FAIL, EVIL);
	gate->slice = gate->owner = gate->next_step = EVIL;
	gate->runbook = "javascript:alert(1)//" EVIL;
	gate->waived = RQ_WAIVED;
	gate->waiver = (struct rq_waiver){EVIL, EVIL, EVIL};
	report_remark(fixture, true, EVIL);
	report_verdict(fixture, RQ_FAIL, "FAIL: " EVIL);
	struct rq_explained_document document = {.id = EVIL, .text = EVIL, .rank = {1, 2}};
	const char *moves[] = {EVIL};
	const struct rq_explanation example = {.topic = EVIL, .text = EVIL, .slice = EVIL, .documents = &document, .count = 1, .moves = moves,
	                                       .move_count = 1};
	const struct rq_named_text run[] = {{"config", EVIL}, {"folder", EVIL}, {EVIL, EVIL}};
	fixture->report.examples = &example;
	fixture->report.example_count = 1;
	fixture->report.run = run;
	fixture->report.run_count = 3;
	fixture->report.suite = fixture->report.profile = EVIL;
	fixture->comparison.sides[RQ_BASELINE].embedder = fixture->comparison.sides[RQ_CANDIDATE].index = EVIL;
	fixture->comparison.exact_note = EVIL;
	fixture->inputs[0] = (struct rq_named_text){EVIL, EVIL};
	write(&page);
	ck_assert_uint_eq(count(page.data, "<script>"), 1);
	ck_assert_uint_eq(count(page.data, "</style>"), 1);
	ck_assert_uint_eq(count(page.data, "</title></style>"), 0);
	ck_assert_ptr_null(strstr(page.data, "href=\"javascript"));
	ck_assert(memchr(page.data, 0x1b, page.size) == NULL && memchr(page.data, 0xff, page.size) == NULL);
	ck_assert_uint_gt(count(page.data, "&quot;&#39;&gt;&lt;/title&gt;&lt;/style&gt;&lt;script&gt;x&lt;/script&gt;&amp;amp;"), 15);
	rq_buf_release(&page);
}
END_TEST

START_TEST(it_asks_for_nothing)
{
	struct rq_buf page = {0};

	report_judged(fixture, "RR@10", .75, .5, -.5, 0);
	report_verdict(fixture, RQ_PASS, "PASS: all");
	write(&page);
	for (const char *const *words = (const char *const[]){"src=", "url(", "@import", "http://", "https://", "<iframe", "fetch(", "XMLHttp",
	                                                      NULL}; *words != NULL; words++)
		ck_assert_msg(strstr(page.data, *words) == NULL, "%s", *words);
	expect(&page, "content=\"default-src 'none';");
	rq_buf_release(&page);
}
END_TEST

/* ---- plots ---- */

START_TEST(every_plot_has_a_name_of_its_own)
{
	struct rq_buf page = {0};
	size_t plots = 0;

	report_judged(fixture, "RR@10", .75, .5, -.5, 0);
	memcpy(fixture->values[0], (double[RQ_SIDES][REPORT_TOPICS]){{1, 1, 1, 0}, {0, 0, 1, 1}}, sizeof fixture->values[0]);
	report_attribution(fixture, 0);
	report_metric(fixture, "ann_recall@10", 1, .9);
	report_time(fixture, "latency.p50", .001, .002);
	fixture->comparison.searched[RQ_BASELINE].histogram = (struct rq_histogram){.counts = {[20] = 7, [RQ_HISTOGRAM_BINS] = 1}, .count = 10,
	                                                                            .failed = 2};
	fixture->comparison.embedded[RQ_CANDIDATE].histogram = (struct rq_histogram){.counts = {3}, .count = 3};
	report_gate(fixture, "RR@10 >= 0.5", "RR@10", RQ_PASS, "passes");
	report_verdict(fixture, RQ_PASS, "PASS: all");
	write(&page);
	for (const char *plot = strstr(page.data, "<svg "); plot != NULL; plot = strstr(plot + 1, "<svg ")) {
		char words[128];
		plots++;
		ck_assert_msg(strncmp(strstr(plot, "role="), "role=\"img\" aria-labelledby=", 27) == 0, "%.200s", plot);
		snprintf(words, sizeof words, " aria-labelledby=\"t%zu\" aria-describedby=\"d%zu\"><title id=\"t%zu\">", plots, plots, plots);
		expect(&page, words);
		snprintf(words, sizeof words, "</title><desc id=\"d%zu\">", plots);
		ck_assert_uint_eq(count(page.data, words), 1);
	}
	ck_assert_uint_eq(plots, 7); /* a strip, a metric, topics, attribution, recall against time, two histograms */
	expect(&page, "<title id=\"t3\">differences of RR@10, topic by topic</title><desc id=\"d3\">4 topics sorted from the greatest loss to the "
	       "greatest gain: 2 lost, at "
	              "most -1.0000; 1 unchanged; 1 gained, at most +1.0000</desc>");
	expect(&page, ">ann_recall@10 against latency.p50</title>");
	ck_assert_ptr_null(strstr(page.data, "nan"));
	ck_assert_ptr_null(strstr(page.data, "\"inf"));
	rq_buf_release(&page);
}
END_TEST

START_TEST(scales_have_round_numbers)
{
	const double values[] = {-.1454, .0693, NAN, INFINITY};
	struct rq_scale scale = rq_scale_of(values, 4, 0, 100);
	double ticks[6];

	ck_assert_double_eq_tol(scale.from, -.1454 - .08 * .2147, 1e-12);
	ck_assert(rq_scale_at(&scale, scale.from) == 0 && rq_scale_at(&scale, scale.to) == 100 && rq_scale_at(&scale, -7) == 0 && rq_scale_at(&scale,
	                                                                                                                                      7) == 100);
	ck_assert(rq_scale_at(&scale, NAN) == 0);
	ck_assert_uint_eq(rq_scale_ticks(ticks, 6, &scale), 5); /* -0.15, -0.1, -0.05, 0, 0.05 */
	ck_assert_str_eq(rq_tick_text(ticks[0]).text, "-0.15");
	ck_assert_str_eq(rq_tick_text(ticks[3]).text, "0");
	const double same[] = {.5, .5};
	scale = rq_scale_of(same, 2, 0, 1);
	ck_assert(scale.from < .5 && scale.to > .5);
	scale = rq_scale_of(NULL, 0, 0, 1);
	ck_assert(scale.from < 0 && scale.to > 0);
	scale = (struct rq_scale){2e-6, .5, 0, 100, true};
	ck_assert_uint_eq(rq_scale_ticks(ticks, 6, &scale), 5); /* 10 us ... 100 ms */
	ck_assert_double_eq_tol(ticks[0], 1e-5, 1e-12);
	ck_assert_double_eq_tol(rq_scale_at(&scale, 1e-3), 50, 1e-9);
}
END_TEST

/* ---- looks ---- */

static double channel(const char *hex)
{
	char digits[3] = {hex[0], hex[1], '\0'};
	double value = (double)strtol(digits, NULL, 16) / 255;

	return value <= .04045 ? value / 12.92 : pow((value + .055) / 1.055, 2.4);
}

/* WCAG 2.2, "relative luminance" and "contrast ratio" */
static double luminance(const char *colour)
{
	ck_assert_msg(colour[0] == '#' && strlen(colour) == 7 && strspn(colour + 1, "0123456789abcdef") == 6, "%s", colour);
	return .2126 * channel(colour + 1) + .7152 * channel(colour + 3) + .0722 * channel(colour + 5);
}

static double ratio(const char *a, const char *b)
{
	double x = luminance(a), y = luminance(b);

	return (fmax(x, y) + .05) / (fmin(x, y) + .05);
}

static const struct rq_colour *colour(const char *name)
{
	const struct rq_colour *found = rq_palette;

	while (found->name != NULL && strcmp(found->name, name) != 0)
		found++;
	ck_assert_msg(found->name != NULL, "%s", name);
	return found;
}

START_TEST(colours_stand_out)
{
	ck_assert_double_eq_tol(ratio("#000000", "#ffffff"), 21, 1e-9);
	ck_assert_double_eq_tol(ratio("#777777", "#ffffff"), 4.48, .005); /* WebAIM's contrast checker */
	for (const struct rq_contrast *pair = rq_contrasts; pair->front != NULL; pair++) {
		const struct rq_colour *front = colour(pair->front), *back = colour(pair->back);
		ck_assert_msg(ratio(front->light, back->light) >= pair->least, "light: %s on %s: %.2f", pair->front, pair->back, ratio(front->light,
		                                                                                                                       back->light));
		ck_assert_msg(ratio(front->dark, back->dark) >= pair->least, "dark: %s on %s: %.2f", pair->front, pair->back, ratio(front->dark, back->dark));
	}
}
END_TEST

/* ---- size ---- */

START_TEST(seven_thousand_topics_take_less_than_a_megabyte)
{
	enum { TOPICS = 7000 };
	struct rq_compared_topic *topics = calloc(TOPICS, sizeof *topics);
	double(*values)[TOPICS] = calloc(RQ_SIDES, sizeof *values);
	char(*ids)[16] = calloc(TOPICS, sizeof *ids);
	struct rq_random random;
	struct rq_buf page = {0};

	rq_random_seed(&random, 9);
	report_judged(fixture, "nDCG@10", .75, .5, -.5, 0);
	for (size_t i = 0; i < TOPICS; i++) {
		snprintf(ids[i], sizeof ids[i], "topic-%05zu", i);
		topics[i] = (struct rq_compared_topic){.id = ids[i], .text = "what a person asks of a search engine, in some ten or fifteen words or so",
		                                       .slice = ids[i % 500],
		                                       .cause = "document-12345 fell from 2 to 41 under the new embedding; now above it: document-54321, "
		                                       "unjudged"};
		values[0][i] = rq_random_unit(&random);
		values[1][i] = rq_random_unit(&random);
	}
	fixture->comparison.topics = topics;
	fixture->comparison.topic_count = TOPICS;
	fixture->metrics[0].per_topic[RQ_BASELINE] = values[0];
	fixture->metrics[0].per_topic[RQ_CANDIDATE] = values[1];
	report_verdict(fixture, RQ_FAIL, "FAIL: all");
	write(&page);
	ck_assert_uint_lt(page.size, 1000000);
	ck_assert_uint_gt(page.size, 20000);
	expect(&page, "more that lost; json and csv name them all");
	free(topics);
	free(values);
	free(ids);
	rq_buf_release(&page);
}
END_TEST

Suite *report_html_suite(void)
{
	Suite *suite = suite_create("report_html");
	TCase *tests = tcase_create("html");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, the_first_screen);
	tcase_add_test(tests, sections_are_listed);
	tcase_add_test(tests, doubt_is_no_leave_to_roll_out);
	tcase_add_test(tests, what_decides_comes_first);
	tcase_add_test(tests, no_text_breaks_out);
	tcase_add_test(tests, it_asks_for_nothing);
	tcase_add_test(tests, every_plot_has_a_name_of_its_own);
	tcase_add_test(tests, scales_have_round_numbers);
	tcase_add_test(tests, colours_stand_out);
	tcase_add_test(tests, seven_thousand_topics_take_less_than_a_megabyte);
	suite_add_tcase(suite, tests);
	return suite;
}
