package referral

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// wellWritten reports whether s can be sent as words.
func wellWritten(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxText &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// step is the rhythm of every transition that a person takes: may she, does the state allow it, write. Words are
// sealed to the other desk and, where there is a file, kept in it.
func (s *Service) step(ctx context.Context, by keyring.Bearer, action access.Action, at At, e Event, text string, answers ...Answer) (Row, error) {
	w := words{Answers: answers, Form: wordsForm, Language: at.Language, Text: text}
	says := text != "" || len(answers) > 0
	if says && !w.well() {
		return Row{}, fault.New(fault.Invalid, "referral.words")
	}
	var c id.Case
	if says {
		var err error
		if c, err = s.caseOf(ctx, by.Actor, at); err != nil {
			return Row{}, err
		}
	}
	entry := audit.Did(by.Actor, action, string(at.Referral))
	if c != "" {
		entry = entry.In(c)
	}
	e.Via = at.Via
	var out Row
	err := s.Write(ctx, entry, func(tx Tx) error {
		r, err := s.mayIn(ctx, tx, by.Actor, action, at)
		if err != nil {
			return err
		}
		if (r.Keeper != "") != (e.Via != "") {
			return fault.New(fault.Invalid, "referral.via")
		}
		var content []byte
		if says {
			if content, err = frame.Encode(w); err != nil {
				return err
			}
			defer clear(content)
			if err := s.MayTellIn(ctx, tx, r); err != nil {
				return err
			}
			if err := s.noteIn(ctx, tx, by, c, r, w); err != nil {
				return err
			}
			if r.Keeper != "" || r.PeerKind != desk.AtNode {
				content = nil
			}
		}
		out, _, err = s.take(ctx, tx, r, e, content)
		return err
	})
	return out, err
}

// noteIn keeps what the desk wrote in its own file.
func (s *Service) noteIn(ctx context.Context, tx Tx, by keyring.Bearer, c id.Case, r Row, w words) error {
	if c == "" || r.Case != c {
		return nil
	}
	k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
	if err != nil {
		return err
	}
	body, err := frame.Encode(w)
	if err != nil {
		return err
	}
	_, err = k.PutIn(ctx, tx, keyring.Record{Compartment: k.Home(), Kind: KindWords, At: s.now(), By: by.User, Body: body})
	return err
}
