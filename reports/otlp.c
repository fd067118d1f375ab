/* What OTLP's signals share. */
#include "reports/otlp.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { NANOS = 1000000000 };

static rq_json *push_attribute(rq_json *attributes, const char *key)
{
	rq_json *attribute = rq_json_push_object(attributes);

	rq_json_set_string(attribute, "key", key);
	return rq_json_set_object(attribute, "value");
}

void rq_otlp_text(rq_json *attributes, const char *key, const char *text)
{
	if (text != NULL)
		rq_json_set_string(push_attribute(attributes, key), "stringValue", text);
}

void rq_otlp_count(rq_json *attributes, const char *key, size_t count)
{
	rq_otlp_set_integer(push_attribute(attributes, key), "intValue", (int64_t)count);
}

void rq_otlp_bool(rq_json *attributes, const char *key, bool value)
{
	rq_json_set_bool(push_attribute(attributes, key), "boolValue", value);
}

void rq_otlp_set_integer(rq_json *object, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, value);
	rq_json_set_string(object, key, text);
}

void rq_otlp_set_time(rq_json *object, const char *key, const struct rq_run_time *span, double seconds_after)
{
	rq_otlp_set_integer(object, key, span->started * NANOS + (int64_t)llround(seconds_after * NANOS));
}

rq_json *rq_otlp_start(rq_json *root, const struct rq_report *report, const char *outer, const char *inner, const char *items)
{
	const char *version = rq_report_fact(report, "rqgate");
	rq_json *of_resource = rq_json_push_object(rq_json_set_array(root, outer));
	rq_json *attributes = rq_json_set_array(rq_json_set_object(of_resource, "resource"), "attributes");

	rq_otlp_text(attributes, "service.name", "rqgate");
	rq_otlp_text(attributes, "service.version", version);
	rq_otlp_text(attributes, "host.name", rq_report_fact(report, "host"));
	rq_otlp_text(attributes, "rqgate.command", rq_report_command(report));
	rq_otlp_text(attributes, "rqgate.suite", report->suite);
	rq_otlp_text(attributes, "rqgate.profile", report->profile);
	rq_json *of_scope = rq_json_push_object(rq_json_set_array(of_resource, inner)), *scope = rq_json_set_object(of_scope, "scope");
	rq_json_set_string(scope, "name", "rqgate");
	if (version != NULL)
		rq_json_set_string(scope, "version", version);
	return rq_json_set_array(of_scope, items);
}

enum rq_status rq_otlp_print(struct rq_buf *out, const rq_json *root, struct rq_error *err)
{
	RQ_TRY(rq_json_print(out, root, false, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}
