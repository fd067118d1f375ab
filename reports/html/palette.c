/* Green, red and yellow tell verdicts, together with a word and a sign; blue and orange tell sides, which colour-blind readers can tell apart (after
 * Okabe & Ito 2008). */
#include "reports/html/palette.h"

const struct rq_colour rq_palette[] = {
	{"page", "#ffffff", "#14171c"},       {"card", "#f5f6f8", "#1d2128"},      {"ink", "#1a1d21", "#e9ebee"},
	{"quiet", "#555d66", "#a9b1bb"},      {"rule", "#d5d9de", "#39404a"},      {"link", "#0b57b0", "#85b8ff"},
	{"pass", "#14692f", "#5fd38a"},       {"pass-back", "#e3f4e8", "#153222"}, {"fail", "#b3141d", "#ff8f8f"},
	{"fail-back", "#fde8e8", "#431b1e"},  {"doubt", "#7a5200", "#f0bf55"},     {"doubt-back", "#fdf1d6", "#3a2d10"},
	{"baseline", "#1f63b5", "#74aef5"},   {"candidate", "#a84b06", "#f5a353"}, {"mark", "#555d66", "#a9b1bb"},
	{"forbidden", "#f6c9c9", "#5c2529"},  {"exact", "#7a3e9d", "#cf9ff0"},     {"index", "#0f6b6b", "#4fc7c7"},
	{NULL, NULL, NULL},
};

const struct rq_contrast rq_contrasts[] = {
	{"ink", "page", 4.5},        {"ink", "card", 4.5},         {"quiet", "page", 4.5},      {"quiet", "card", 4.5},
	{"link", "page", 4.5},       {"link", "card", 4.5},        {"pass", "page", 4.5},       {"pass", "card", 4.5},
	{"pass", "pass-back", 4.5},  {"fail", "page", 4.5},        {"fail", "card", 4.5},       {"fail", "fail-back", 4.5},
	{"doubt", "page", 4.5},      {"doubt", "card", 4.5},       {"doubt", "doubt-back", 4.5}, {"ink", "pass-back", 4.5},
	{"ink", "fail-back", 4.5},   {"ink", "doubt-back", 4.5},   {"baseline", "page", 4.5},   {"baseline", "card", 4.5},
	{"candidate", "page", 4.5},  {"candidate", "card", 4.5},   {"mark", "page", 3},         {"mark", "card", 3},
	{"ink", "forbidden", 3},     {"fail", "forbidden", 3},     {"quiet", "pass-back", 4.5}, {"quiet", "fail-back", 4.5},
	{"quiet", "doubt-back", 4.5}, {"exact", "page", 3},        {"index", "page", 3},        {"baseline", "pass-back", 4.5},
	{"candidate", "pass-back", 4.5}, {"baseline", "fail-back", 4.5}, {"candidate", "fail-back", 4.5}, {"baseline", "doubt-back", 4.5},
	{"candidate", "doubt-back", 4.5}, {NULL, NULL, 0},
};
