package course_test

import (
	"errors"
	"testing"

	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

func TestSchemaOfEvent(t *testing.T) {
	var texts [][]byte
	for e := range every {
		b, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "referral-event", Texts: texts,
		Read: func(b []byte) error { _, err := course.Parse(b); return err },
		Beyond: []spectest.Rule{
			{Page: "referral.md", Says: "when an undecided request expires, after `at` by at most 180 days", Broken: func(v spectest.Value) bool {
				at, expires := v.At("at").Number(), v.At("expires").Number()
				return expires != 0 && (expires <= at || expires > at+course.MaxExpiry.Microseconds())
			}},
			{Page: "referral.md", Says: "the desk asked, another than `desk`", Broken: func(v spectest.Value) bool {
				to, desk := v.At("to"), v.At("desk")
				return to.At("desk").Text() != "" && to.At("desk") == desk.At("desk") && to.At("member") == desk.At("member")
			}},
			{Page: "referral.md", Says: "another referral; section 8", Broken: func(v spectest.Value) bool {
				return v.At("continues") == v.At("referral")
			}},
		},
	})
}

func TestSchemaOfBody(t *testing.T) {
	key := seal.NewSign(nil)
	s, err := whole(course.Sender, course.Closed).Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := frame.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "body-referral", Texts: [][]byte{b},
		Read: func(b []byte) error {
			var s course.Signed
			if err := frame.Decode(b, len(b), &s); err != nil {
				return err
			}
			_, err := s.Open(key.Public())
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Key == "seal.signature.wrong" {
				return nil // of other bytes; that is not the form's business
			}
			return err
		},
	})
}
