#include "ledger/login.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define ENTRY_MAX 4096

void login_of(uid_t uid, char out[NOTE_LOGIN_MAX + 1])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	struct passwd pw, *found = NULL;
	char bytes[ENTRY_MAX];
	snprintf(out, NOTE_LOGIN_MAX + 1, "uid-%lu", (unsigned long)uid);
	if (getpwuid_r(uid, &pw, bytes, sizeof bytes, &found) || !found)
		return;
	size_t len = strlen(found->pw_name);
	if (len && len <= NOTE_LOGIN_MAX && strspn(found->pw_name, allowed) == len)
		memcpy(out, found->pw_name, len + 1);
}

void login_full_name(uid_t uid, struct buf *out)
{
	struct passwd pw, *found = NULL;
	char bytes[ENTRY_MAX], login[NOTE_LOGIN_MAX + 1];
	size_t len = 0, bad;
	if (!getpwuid_r(uid, &pw, bytes, sizeof bytes, &found) && found && found->pw_gecos)
		len = strcspn(found->pw_gecos, ",");
	if (len && text_is_clean(found->pw_gecos, len, &bad)) {
		buf_add(out, found->pw_gecos, len);
		return;
	}
	login_of(uid, login);
	buf_puts(out, login);
}
