/* What JSON Schemas are put together from. */
#include "reports/schema.h"

rq_json *rq_schema_object(rq_json *schema)
{
	rq_json_set_string(schema, "type", "object");
	rq_json_set_bool(schema, "additionalProperties", false);
	rq_json_set_array(schema, "required");
	rq_json_set_object(schema, "properties");
	return schema;
}

void rq_schema_open(rq_json *schema)
{
	rq_json_remove(schema, "additionalProperties");
}

rq_json *rq_schema_may(rq_json *schema, const char *name, const char *type, const char *description)
{
	rq_json *property = rq_json_set_object(rq_json_member(schema, "properties"), name);

	if (type != NULL)
		rq_json_set_string(property, "type", type);
	rq_json_set_string(property, "description", description);
	return property;
}

rq_json *rq_schema_add(rq_json *schema, const char *name, const char *type, const char *description)
{
	rq_json_push_string(rq_json_member(schema, "required"), name);
	return rq_schema_may(schema, name, type, description);
}

static void set_nullable(rq_json *property, const char *type)
{
	rq_json *types = rq_json_set_array(property, "type");

	rq_json_push_string(types, type);
	rq_json_push_string(types, "null");
}

void rq_schema_may_nullable(rq_json *schema, const char *name, const char *type, const char *description)
{
	set_nullable(rq_schema_may(schema, name, type, description), type);
}

void rq_schema_add_nullable(rq_json *schema, const char *name, const char *type, const char *description)
{
	set_nullable(rq_schema_add(schema, name, type, description), type);
}

rq_json *rq_schema_add_object(rq_json *schema, const char *name, const char *description)
{
	return rq_schema_object(rq_schema_add(schema, name, "object", description));
}

void rq_schema_add_map(rq_json *schema, const char *name, const char *type, bool nullable, const char *description)
{
	rq_json *member = rq_json_set_object(rq_schema_add(schema, name, "object", description), "additionalProperties");

	if (nullable)
		set_nullable(member, type);
	else
		rq_json_set_string(member, "type", type);
}

static void set_pair(rq_json *property)
{
	set_nullable(rq_json_set_object(property, "items"), "number");
	rq_json_set_number(property, "minItems", 2);
	rq_json_set_number(property, "maxItems", 2);
}

void rq_schema_add_pair(rq_json *schema, const char *name, const char *description)
{
	set_pair(rq_schema_add(schema, name, "array", description));
}

rq_json *rq_schema_items(rq_json *array)
{
	return rq_schema_object(rq_json_set_object(array, "items"));
}
