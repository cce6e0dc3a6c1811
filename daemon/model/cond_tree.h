/* A condition as it was parsed: shared by cond.c and cond_parse.c alone. */
#ifndef MODEL_COND_TREE_H
#define MODEL_COND_TREE_H

#include "model/cond.h"

#define COND_DEPTH_MAX 32                 /* of "(" and "not" within each other */
#define COND_SHIFT_MAX 100000             /* days, months or years added */

enum cond_source { COND_FROM_TEXT, COND_FROM_NUMBER, COND_FROM_PATH };
enum cond_shift { COND_NO_SHIFT, COND_SHIFT_DAYS, COND_SHIFT_MONTHS };
enum cond_node_type { COND_OR, COND_AND, COND_NOT, COND_GIVEN, COND_COMPARED, COND_IN };
enum cond_op { COND_EQUAL, COND_UNEQUAL, COND_LESS, COND_LESS_EQUAL, COND_GREATER, COND_GREATER_EQUAL, COND_HAS };

struct cond_operand {
	char *written;                    /* as it stands in the condition */
	enum cond_source source;
	char *text;                       /* of COND_FROM_TEXT */
	int64_t number;                   /* of COND_FROM_NUMBER */
	struct cond_path path;            /* of COND_FROM_PATH */
	enum cond_shift shift;
	int64_t by;                       /* days or months; below 0: subtracted */
};

struct cond_node {
	enum cond_node_type type;
	struct cond_node **nodes; size_t nodes_count;    /* of or, and, not */
	struct cond_operand *left;                       /* of the others */
	enum cond_op op;
	struct cond_operand *right;                      /* of COND_COMPARED */
	char **texts; size_t texts_count;                /* of COND_IN */
};

struct cond {
	char *text;
	struct cond_node *root;
};

#endif
