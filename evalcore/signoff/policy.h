/* What a release needs: a JSON file that whoever verifies keeps, with the keys that he trusts. */
#ifndef RQ_SIGNOFF_POLICY_H
#define RQ_SIGNOFF_POLICY_H

#include "evalcore/base/options.h"
#include "evalcore/signoff/key.h"

/* Somebody who may sign, by one key; several keys of one person have one name. */
struct rq_signer {
	const char *name;
	struct rq_strings roles;
	struct rq_public_key key;
};

struct rq_role_need {
	const char *role;
	size_t approvals;
};

enum rq_verdict_need { RQ_NEED_PASS, RQ_NEED_NO_FAIL, RQ_NEED_ANY };

enum rq_profile_need { RQ_NEED_ANY_PROFILE, RQ_NEED_RELEASE };

struct rq_policy {
	struct rq_signer *signers;
	size_t signer_count;
	int64_t approvals;          /* people, at least */
	struct rq_role_need *roles; /* and of these roles so many */
	size_t role_count;
	int verdict;                /* enum rq_verdict_need, of the report */
	int profile;                /* enum rq_profile_need: that it was made with */
	bool waivers;               /* a waived gate is accepted until the waiver's last day */
	double max_age;             /* seconds since the report's run */
	struct rq_arena arena;
};

/* Keys are read from the files that it names, relative to it. E_CONFIG, E_DATA, E_IO. Release in any case. */
RQ_MUST_USE enum rq_status rq_policy_read(struct rq_policy *policy, const char *path, struct rq_error *err);
void rq_policy_release(struct rq_policy *policy);
rq_json *rq_policy_schema(void);

#endif
