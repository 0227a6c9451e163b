package frame

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/fault"
)

// Canonical rewrites the JSON text b in the canonical form: no white space, object names in the order
// of their UTF-16 code units, the shortest escapes, integers in plain decimal.
//
// It fails with [fault.Invalid] if b is not one JSON text in UTF-8, repeats a name in an object, holds
// a number that is no integer below 2^53, a lone surrogate, or more than [MaxDepth] levels.
func Canonical(b []byte) ([]byte, error) {
	if !utf8.Valid(b) {
		return nil, fault.New(fault.Invalid, "frame.utf8")
	}
	if loneSurrogate(b) {
		return nil, fault.New(fault.Invalid, "frame.surrogate")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	out, err := value(dec, make([]byte, 0, len(b)), 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "frame.trailing")
	}
	return out, nil
}

func value(dec *json.Decoder, out []byte, depth int) ([]byte, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "frame.json", err)
	}
	switch v := tok.(type) {
	case json.Delim:
		if depth == MaxDepth {
			return nil, fault.New(fault.Invalid, "frame.depth")
		}
		if v == '[' {
			return array(dec, out, depth+1)
		}
		return object(dec, out, depth+1)
	case string:
		return quote(out, v), nil
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil || n <= -MaxInt || n >= MaxInt || strconv.FormatInt(n, 10) != v.String() {
			return nil, fault.New(fault.Invalid, "frame.number")
		}
		return strconv.AppendInt(out, n, 10), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	default:
		return append(out, "null"...), nil
	}
}

func array(dec *json.Decoder, out []byte, depth int) ([]byte, error) {
	out = append(out, '[')
	for first := true; dec.More(); first = false {
		if !first {
			out = append(out, ',')
		}
		var err error
		if out, err = value(dec, out, depth); err != nil {
			return nil, err
		}
	}
	return closed(dec, out, ']')
}

func object(dec *json.Decoder, out []byte, depth int) ([]byte, error) {
	type member struct {
		name string
		text []byte
	}
	var members []member
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "frame.json", err)
		}
		name, ok := tok.(string)
		if !ok {
			return nil, fault.New(fault.Invalid, "frame.json")
		}
		text, err := value(dec, nil, depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, text})
	}
	slices.SortFunc(members, func(a, b member) int { return compareUTF16(a.name, b.name) })
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			if members[i-1].name == m.name {
				return nil, fault.New(fault.Invalid, "frame.repeated-name")
			}
			out = append(out, ',')
		}
		out = quote(out, m.name)
		out = append(out, ':')
		out = append(out, m.text...)
	}
	return closed(dec, out, '}')
}

func closed(dec *json.Decoder, out []byte, end byte) ([]byte, error) {
	if _, err := dec.Token(); err != nil {
		return nil, fault.Wrap(fault.Invalid, "frame.json", err)
	}
	return append(out, end), nil
}

// compareUTF16 orders names as RFC 8785 section 3.2.3 does, by UTF-16 code units.
func compareUTF16(a, b string) int {
	if ascii(a) && ascii(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// quote writes s with the escapes of RFC 8785 section 3.2.2.2 and no others.
func quote(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, `\b`...)
		case '\t':
			out = append(out, `\t`...)
		case '\n':
			out = append(out, `\n`...)
		case '\f':
			out = append(out, `\f`...)
		case '\r':
			out = append(out, `\r`...)
		default:
			if c < 0x20 {
				out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				out = append(out, c)
			}
		}
	}
	return append(out, '"')
}

// loneSurrogate finds a \uD800 to \uDFFF escape without its partner, which the JSON reader would
// silently replace.
func loneSurrogate(b []byte) bool {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		if b[i+1] != 'u' {
			i++
			continue
		}
		first, ok := unit(b, i)
		i += 5
		if !ok || first < 0xd800 || first > 0xdfff {
			continue
		}
		second, ok := unit(b, i+1)
		if first > 0xdbff || !ok || second < 0xdc00 || second > 0xdfff {
			return true
		}
		i += 6
	}
	return false
}

func unit(b []byte, i int) (uint64, bool) {
	if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 32)
	return n, err == nil
}
