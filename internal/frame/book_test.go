package frame_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/frame"
)

var errRefused = errors.New("refused")

// byTheBook is the canonical form again, written with the tokens of the standard library and without a thought for
// speed. It does not look for lone surrogates.
func byTheBook(b []byte) ([]byte, error) {
	if !utf8.Valid(b) {
		return nil, errRefused
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	out, err := bookValue(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errRefused
	}
	return out, nil
}

func bookValue(dec *json.Decoder, depth int) ([]byte, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case json.Delim:
		if depth == frame.MaxDepth {
			return nil, errRefused
		}
		if v == '[' {
			return bookArray(dec, depth+1)
		}
		return bookObject(dec, depth+1)
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil || n <= -frame.MaxInt || n >= frame.MaxInt || strconv.FormatInt(n, 10) != v.String() {
			return nil, errRefused
		}
		return []byte(v), nil
	case string:
		return bookText(v), nil
	}
	return json.Marshal(tok)
}

func bookText(s string) []byte {
	out := []byte{'"'}
	for _, r := range s {
		b, _ := json.Marshal(string(r))
		switch r {
		case '<', '>', '&', 0x2028, 0x2029, 0x7f: // the library escapes them, RFC 8785 does not
			b = []byte(`"` + string(r) + `"`)
		}
		out = append(out, b[1:len(b)-1]...)
	}
	return append(out, '"')
}

func bookArray(dec *json.Decoder, depth int) ([]byte, error) {
	var all [][]byte
	for dec.More() {
		v, err := bookValue(dec, depth)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	_, err := dec.Token()
	return slices.Concat([]byte("["), bytes.Join(all, []byte(",")), []byte("]")), err
}

func bookObject(dec *json.Decoder, depth int) ([]byte, error) {
	members := map[string][]byte{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := tok.(string)
		if _, there := members[name]; !ok || there {
			return nil, errRefused
		}
		if members[name], err = bookValue(dec, depth); err != nil {
			return nil, err
		}
	}
	names := slices.SortedFunc(maps.Keys(members), func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	var all [][]byte
	for _, name := range names {
		all = append(all, slices.Concat(bookText(name), []byte(":"), members[name]))
	}
	_, err := dec.Token()
	return slices.Concat([]byte("{"), bytes.Join(all, []byte(",")), []byte("}")), err
}

// The canonical form is what the book says, for whatever either of them takes.
func FuzzCanonicalByTheBook(f *testing.F) {
	for _, s := range []string{
		`{"b":1,"a":["\u0041\n\\",{}],"ﬀ":null,"\ud83d\ude00":[true,false]}`, `[1,-1,0,-0,01,+1,1.5,1e3,9007199254740991]`, `{"a":1,"\u0061":2}`,
		`[1,]`, `{,}`, `{"a" 1}`, `{"a":}`, `[[]`, `tru`, `"a`, `"\q"`, "\"\x01\"", ` [ ] `, `{"a":1,}`, `{1:2}`, `1 2`, ``, `"\`, `{"\/":"\u2028<>&"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := frame.Canonical(b)
		want, refused := byTheBook(b)
		if refused != nil && err == nil {
			t.Fatalf("%q became %q; the book refuses it: %v", b, got, refused)
		}
		if refused == nil && err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%q became %q, by the book %q", b, got, want)
		}
		if refused == nil && err != nil && !bytes.Contains(b, []byte(`\u`)) {
			t.Fatalf("%q was refused (%v), by the book it is %q", b, err, want)
		}
	})
}
