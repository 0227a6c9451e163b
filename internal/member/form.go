package member

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// slug reports whether s is 1 to limit lower-case letters, digits and inner single dashes.
func slug(s string, limit int) bool {
	if s == "" || len(s) > limit || s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, "--") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// code reports whether s can be a code: slugs joined by single dots.
func code(s string) bool {
	if len(s) > 64 {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if !slug(part, 64) {
			return false
		}
	}
	return true
}

// suite reports whether s can name a suite, known to this program or not.
func suite(s seal.Suite) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// hex32 reports whether s is 32 bytes in lower-case hexadecimal.
func hex32(s string) bool { return hexes(s, 64) }

// keyID reports whether k has the form of the identifier of a key.
func keyID(k id.Key) bool { return hexes(string(k), 32) }

func hexes(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// printable reports whether s is 1 to limit characters that a screen can show on one line, without
// marks that change the direction of what follows.
func printable(s string, limit int) bool {
	if s == "" || utf8.RuneCountInString(s) > limit || strings.TrimSpace(s) != s {
		return false
	}
	for _, r := range s {
		if r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r) && r != ' ' || unicode.Is(unicode.Cf, r) {
			return false
		}
	}
	return true
}

// address reports whether s is "https://" host [":" port], in lower case and without a path.
func address(s string) bool {
	host, ok := strings.CutPrefix(s, "https://")
	if !ok || host == "" || len(host) > 255 || strings.Contains(host, "..") {
		return false
	}
	for i := range len(host) {
		c := host[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != ':' && c != '[' && c != ']' {
			return false
		}
	}
	return host[0] != ':' && host[0] != '.' && host[0] != '-' && host[0] != ']'
}

// phone reports whether s is an E.164 number: a plus sign and 4 to 15 digits.
func phone(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	if !ok || len(digits) < 4 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

// language reports whether s has the form of a short BCP 47 tag: "mk", "sr-latn", "mk-MK".
func language(s string) bool {
	if len(s) < 2 || len(s) > 20 {
		return false
	}
	for i, part := range strings.Split(s, "-") {
		if len(part) < 2 || len(part) > 8 || i == 0 && len(part) > 3 {
			return false
		}
		for j := range len(part) {
			c := part[j]
			if (c < 'a' || c > 'z') && (i == 0 || (c < 'A' || c > 'Z') && (c < '0' || c > '9')) {
				return false
			}
		}
	}
	return true
}

func all[T any](list []T, ok func(T) bool) bool {
	for _, x := range list {
		if !ok(x) {
			return false
		}
	}
	return true
}
