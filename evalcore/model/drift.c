#include "evalcore/model/drift.h"

const char *const rq_drift_id_lists[RQ_DRIFT_ID_LISTS] = {"came", "went", "changed"};
