/* The register of volumes: GET /v1/volumes and /v1/volumes/YEAR/KIND/UNIT. */
#ifndef KEEPER_API_VOLUMES_H
#define KEEPER_API_VOLUMES_H

#include "keeper/api_disposal.h"

int api_volumes(struct api_call *c, struct jdoc **out, struct err *e);
int api_volume(struct api_call *c, struct jdoc **out, struct err *e);

#endif
