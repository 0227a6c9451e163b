package frame

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sorting"
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
	if bytes.IndexByte(b, '\\') >= 0 && loneSurrogate(b) {
		return nil, fault.New(fault.Invalid, "frame.surrogate")
	}
	r := rewriter{in: b, out: make([]byte, 0, len(b))}
	if err := r.value(0); err != nil {
		return nil, err
	}
	if r.space(); r.at != len(b) {
		return nil, fault.New(fault.Invalid, "frame.trailing")
	}
	return r.out, nil
}

// rewriter reads one JSON text from its beginning to its end and writes the canonical form of what it has read.
// Every signature and every receipt passes here several times, so it allocates nothing for what is canonical already.
type rewriter struct {
	in  []byte
	at  int // of the next byte
	out []byte
}

func malformed() error { return fault.New(fault.Invalid, "frame.json") }

// space passes over white space.
func (r *rewriter) space() {
	for r.at < len(r.in) {
		switch r.in[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// next returns the next byte that is no white space, without taking it; 0 at the end.
func (r *rewriter) next() byte {
	if r.space(); r.at < len(r.in) {
		return r.in[r.at]
	}
	return 0
}

// took takes the next byte that is no white space if it is c.
func (r *rewriter) took(c byte) bool {
	if r.next() != c || r.at == len(r.in) {
		return false
	}
	r.at++
	return true
}

func (r *rewriter) value(depth int) error {
	switch c := r.next(); c {
	case '{', '[':
		if depth == MaxDepth {
			return fault.New(fault.Invalid, "frame.depth")
		}
		r.at++
		if c == '[' {
			return r.array(depth + 1)
		}
		return r.object(depth + 1)
	case '"':
		_, err := r.text()
		return err
	case 't':
		return r.word("true")
	case 'f':
		return r.word("false")
	case 'n':
		return r.word("null")
	}
	return r.number()
}

func (r *rewriter) word(w string) error {
	if !bytes.HasPrefix(r.in[r.at:], []byte(w)) {
		return malformed()
	}
	r.at += len(w)
	r.out = append(r.out, w...)
	return nil
}

// largest is MaxInt in digits.
const largest = "9007199254740992"

func (r *rewriter) number() error {
	begin, at := r.at, r.at
	if at < len(r.in) && r.in[at] == '-' {
		at++
	}
	first := at
	for at < len(r.in) && '0' <= r.in[at] && r.in[at] <= '9' {
		at++
	}
	digits := r.in[first:at]
	r.at = at
	switch {
	case len(digits) == 0 || at < len(r.in) && strings.IndexByte("+-.0123456789Ee", r.in[at]) >= 0:
	case digits[0] == '0' && (len(digits) > 1 || first > begin):
	case len(digits) < len(largest) || len(digits) == len(largest) && string(digits) < largest:
		r.out = append(r.out, r.in[begin:at]...)
		return nil
	}
	for r.at < len(r.in) && strings.IndexByte("+-.0123456789Ee", r.in[r.at]) >= 0 {
		r.at++
	}
	if json.Valid(r.in[begin:r.at]) {
		return fault.New(fault.Invalid, "frame.number")
	}
	return malformed()
}

func (r *rewriter) array(depth int) error {
	r.out = append(r.out, '[')
	for first := true; ; first = false {
		if first && r.took(']') {
			break
		}
		if err := r.value(depth); err != nil {
			return err
		}
		if r.took(']') {
			break
		}
		if !r.took(',') {
			return malformed()
		}
		r.out = append(r.out, ',')
	}
	r.out = append(r.out, ']')
	return nil
}

// pair is a name with its value in the text that was written.
type pair struct {
	begin, end int
	name       []byte // without quotes and escapes
}

func (r *rewriter) object(depth int) error {
	r.out = append(r.out, '{')
	begin := len(r.out)
	var few [24]pair
	all, sorted, plain := few[:0], true, true
	for first := true; ; first = false {
		if first && r.took('}') {
			break
		}
		if r.next() != '"' {
			return malformed()
		}
		p := pair{begin: len(r.out)}
		var err error
		if p.name, err = r.text(); err != nil {
			return err
		}
		if !r.took(':') {
			return malformed()
		}
		r.out = append(r.out, ':')
		if err := r.value(depth); err != nil {
			return err
		}
		p.end = len(r.out)
		plain = plain && ascii(p.name)
		sorted = sorted && (len(all) == 0 || compare(all[len(all)-1].name, p.name, plain) < 0)
		all = append(all, p)
		if r.took('}') {
			break
		}
		if !r.took(',') {
			return malformed()
		}
		r.out = append(r.out, ',')
	}
	if !sorted {
		if err := r.sort(begin, all, plain); err != nil {
			return err
		}
	}
	r.out = append(r.out, '}')
	return nil
}

// sort brings the pairs that were written from begin on into their order; plain says that all names are ASCII.
func (r *rewriter) sort(begin int, all []pair, plain bool) error {
	sorting.By(all, func(a, b pair) int { return compare(a.name, b.name, plain) })
	var few [2048]byte
	written := append(few[:0], r.out[begin:]...)
	r.out = r.out[:begin]
	for i, p := range all {
		if i > 0 {
			if bytes.Equal(all[i-1].name, p.name) {
				return fault.New(fault.Invalid, "frame.repeated-name")
			}
			r.out = append(r.out, ',')
		}
		r.out = append(r.out, written[p.begin-begin:p.end-begin]...)
	}
	return nil
}

// text reads a string, writes it and returns it without quotes and escapes.
func (r *rewriter) text() ([]byte, error) {
	begin := r.at
	n := bytes.IndexByte(r.in[begin+1:], '"')
	if n < 0 {
		return nil, malformed()
	}
	s := r.in[begin+1 : begin+1+n]
	for _, c := range s {
		if c == '\\' {
			return r.escaped()
		}
		if c < 0x20 {
			return nil, malformed()
		}
	}
	r.at = begin + n + 2 // every byte stands for itself
	r.out = append(r.out, r.in[begin:r.at]...)
	return s, nil
}

// escaped is text for a string that has escapes.
func (r *rewriter) escaped() ([]byte, error) {
	end := r.at + 1
	for end < len(r.in) && r.in[end] != '"' {
		if r.in[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(r.in) {
		return nil, malformed()
	}
	var s string
	if err := json.Unmarshal(r.in[r.at:end+1], &s); err != nil {
		return nil, malformed()
	}
	r.at = end + 1
	r.out = quote(r.out, s)
	return []byte(s), nil
}

// compare orders names as RFC 8785 section 3.2.3 does, by UTF-16 code units; plain says that both are ASCII.
func compare(a, b []byte, plain bool) int {
	if plain {
		return bytes.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(string(a))), utf16.Encode([]rune(string(b))))
}

func ascii(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
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
