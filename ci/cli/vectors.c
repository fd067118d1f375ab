/* rqgate vectors: looks at files of vectors and converts them. An action is a file vectors_ACTION.c and a row below. */
#include "ci/cli/vectors.h"

static const struct rq_command *const actions[] = {&rq_action_vectors_info, &rq_action_vectors_head, &rq_action_vectors_convert, NULL};

const struct rq_command rq_command_vectors = {
	.name = "vectors",
	.summary = "describe or convert files of vectors",
	.help = "Reads every file of vectors that a config may name, told by its content, then by its name; also .gz and .zst. Of several arrays (.npz, .safetensors,\n"
	        ".hdf5), members of JSON records or columns of CSV, FILE:NAME chooses one. \"rqgate vectors info --formats\" lists the formats.",
	.actions = actions,
};
