/* daicho: the command. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
	return program_main(&cli_program, argc, argv);
}
