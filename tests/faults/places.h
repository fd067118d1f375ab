/* What the tests of this folder share beside cli.h. */
#ifndef RQ_TESTS_FAULTS_PLACES_H
#define RQ_TESTS_FAULTS_PLACES_H

#include <stdbool.h>

/* collection_write() into the test's folder. */
void place_collection(void);
/* From here on this test's process may mount, and nobody else sees it. False, and a printed line, where the system does not let it. */
bool place_private_mounts(void);

#endif
