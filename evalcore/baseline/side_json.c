/* Keys of a side, there and back. */
#include "evalcore/baseline/side_json.h"

#include <math.h>

void rq_side_info_set(rq_json *object, const struct rq_side_info *info)
{
	rq_json_set_string(object, "embedder", info->embedder);
	rq_json_set_string(object, "model", info->model);
	if (info->variant != NULL)
		rq_json_set_string(object, "variant", info->variant);
	rq_json_set_number(object, "dimension", info->dimension == 0 ? (double)NAN : (double)info->dimension);
	if (info->served_by != NULL)
		rq_json_set_string(object, "served_by", info->served_by);
	if (info->document_embedder != NULL)
		rq_json_set_string(object, "document_embedder", info->document_embedder);
	if (info->documents_served_by != NULL)
		rq_json_set_string(object, "documents_served_by", info->documents_served_by);
	if (info->shares_vectors)
		rq_json_set_bool(object, "shares_vectors", true);
	rq_json_set_string(object, "index", info->index);
	rq_json_set_bool(object, "is_exact", info->is_exact);
	if (info->searched != NULL)
		rq_json_set_string(object, "searched", info->searched);
	if (info->approved != NULL)
		rq_json_set_string(object, "approved", info->approved);
}

struct rq_side_info rq_side_info_read(struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	return (struct rq_side_info){
		.embedder = rq_json_read_optional_string(reader, object, place, "embedder"),
		.model = rq_json_read_optional_string(reader, object, place, "model"),
		.variant = rq_json_read_optional_string(reader, object, place, "variant"),
		.dimension = rq_json_read_optional_count(reader, object, place, "dimension"),
		.served_by = rq_json_read_optional_string(reader, object, place, "served_by"),
		.document_embedder = rq_json_read_optional_string(reader, object, place, "document_embedder"),
		.documents_served_by = rq_json_read_optional_string(reader, object, place, "documents_served_by"),
		.shares_vectors = object != NULL && rq_json_get(object, "shares_vectors") != NULL && rq_json_read_bool(reader, object, place, "shares_vectors"),
		.index = rq_json_read_string(reader, object, place, "index"),
		.is_exact = rq_json_read_bool(reader, object, place, "is_exact"),
		.searched = rq_json_read_optional_string(reader, object, place, "searched"),
		.approved = rq_json_read_optional_string(reader, object, place, "approved"),
	};
}
