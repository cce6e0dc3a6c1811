#include "fuzz.h"
#include "model/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf out = BUF_INIT, statement = BUF_INIT;
	struct err e = ERR_INIT;
	struct note note;
	int rc = note_parse((const char *)data, size, &note, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	fuzz_demand(note_print(&note, &out, &e) == ERR_OK, "what was parsed can be printed");
	fuzz_same(&out, data, size);
	note_statement(&note, "test.example/register", &statement);
	fuzz_demand(statement.len > note.body_len, "a statement holds the body");
	note_release(&note);
	return 0;
}
