package frame_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{` { "b" : 1 , "a" : [ true , null , -3 ] } `, `{"a":[true,null,-3],"b":1}`},
		{`"\u0041\/\u00e9\u0007\n"`, `"A/é\u0007\n"`},
		{`{"\ud83d\ude00":1,"ﬀ":2}`, `{"😀":1,"ﬀ":2}`}, // by UTF-16 units, not by code point
		{`"<>&\u2028"`, "\"<>&\u2028\""},
	} {
		got, err := frame.Canonical([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s became %s, %v; want %s", c.in, got, err, c.want)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, bad := range []string{
		``, `{`, `{"a":1,"a":2}`, `1.5`, `1e3`, `-0`, `9007199254740992`, `"\ud800"`, `"\udc00\ud800"`, "\"\xff\"", `1 2`, `nul`,
		strings.Repeat("[", 17) + strings.Repeat("]", 17),
	} {
		if got, err := frame.Canonical([]byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s was taken as %s, %v", bad, got, err)
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	var v struct {
		A int `json:"a"`
	}
	if err := frame.Decode([]byte(`{"a":1}`), 100, &v); err != nil || v.A != 1 {
		t.Fatalf("got %v, %v", v, err)
	}
	for _, c := range []struct {
		in    string
		limit int
		kind  fault.Kind
	}{
		{`{"a":1}`, 6, fault.TooLarge},
		{`{"a": 1}`, 100, fault.Invalid},
		{`{"a":1,"b":2}`, 100, fault.Invalid},
		{`{"a":"x"}`, 100, fault.Invalid},
		{`{"A":1}`, 100, fault.Invalid},
		{`{}`, 100, fault.Invalid},
	} {
		v.A = 0
		if err := frame.Decode([]byte(c.in), c.limit, &v); !fault.Is(err, c.kind) {
			t.Errorf("%s within %d: got %v, want %v", c.in, c.limit, err, c.kind)
		}
	}
}

func TestJoinSplit(t *testing.T) {
	b := frame.JoinText("", "a", "bc")
	parts, err := frame.Split(b, 3)
	if err != nil || string(bytes.Join(parts, []byte("|"))) != "|a|bc" {
		t.Fatalf("got %q, %v", parts, err)
	}
	for _, c := range []struct {
		in []byte
		n  int
	}{{b, 2}, {b, 4}, {b[:len(b)-1], 3}, {[]byte{0xff, 0xff, 0xff, 0xff}, 1}} {
		if _, err := frame.Split(c.in, c.n); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d parts of %x: %v", c.n, c.in, err)
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2017, 11, 13, 9, 0, 0, 123456789, time.FixedZone("CET", 3600))
	if got := frame.At(at).Time(); !got.Equal(at.Truncate(time.Microsecond)) || got.Location() != time.UTC {
		t.Errorf("got %v", got)
	}
	if frame.At(time.Time{}) != 0 || !frame.Time(0).Time().IsZero() {
		t.Error("none is not none")
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":1,"a":["\u0041",{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		once, err := frame.Canonical(b)
		if err != nil {
			return
		}
		twice, err := frame.Canonical(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q became %q, then %q, %v", b, once, twice, err)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add(frame.JoinText("a", "b"), 2)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > 16 {
			return
		}
		parts, err := frame.Split(b, n)
		if err == nil && !bytes.Equal(frame.Join(parts...), b) {
			t.Errorf("%x does not join back", b)
		}
	})
}
