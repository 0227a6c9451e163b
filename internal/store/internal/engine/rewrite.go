package engine

import "strings"

// numbered rewrites the placeholders $1, $2 … of query to ?1, ?2 …, because SQLite takes "$2" for a
// name and counts names in the order of their appearance. Text, quoted names and comments stay as
// they are.
func numbered(query string) string {
	if strings.IndexByte(query, '$') < 0 {
		return query
	}
	out := []byte(query)
	for i := 0; i < len(out); {
		switch c := out[i]; {
		case c == '\'' || c == '"':
			i = after(out, i+1, string(c))
		case c == '-' && i+1 < len(out) && out[i+1] == '-':
			i = after(out, i+2, "\n")
		case c == '/' && i+1 < len(out) && out[i+1] == '*':
			i = after(out, i+2, "*/")
		case c == '$' && i+1 < len(out) && out[i+1] >= '0' && out[i+1] <= '9' && (i == 0 || !inName(out[i-1])):
			out[i] = '?'
			i++
		default:
			i++
		}
	}
	return string(out)
}

// after returns the index behind the next end in b at or after i, or the length of b.
func after(b []byte, i int, end string) int {
	n := strings.Index(string(b[i:]), end)
	if n < 0 {
		return len(b)
	}
	return i + n + len(end)
}

func inName(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
