package wording

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
)

// Review says that somebody who speaks a language from childhood has read a text in it.
type Review struct {
	Language lang.Tag     `json:"language"`
	Text     lang.Text    `json:"text"`
	Digest   string       `json:"digest"`   // of the words that were read
	Reviewer string       `json:"reviewer"` // name and function
	On       profile.Date `json:"on"`
	By       id.User      `json:"by"` // who recorded it
	At       frame.Time   `json:"at"`
}

// Standing is how far a text can be trusted in a language.
type Standing struct {
	Language lang.Tag
	Text     lang.Text
	Digest   string
	Whole    bool   // no message of it is missing
	Source   bool   // the text that all others are made from
	File     bool   // a file of the node says it
	Review   Review // the newest; zero: none
}

// Reviewed reports whether the words as they stand have been reviewed, or need no review.
func (s Standing) Reviewed() bool {
	return s.Source || s.Whole && s.Review.Digest != "" && s.Review.Digest == s.Digest
}

// Lapsed reports whether the words changed after they were reviewed.
func (s Standing) Lapsed() bool {
	return !s.Source && s.Review.Digest != "" && s.Review.Digest != s.Digest
}

// Tx is what reviews need kept.
type Tx interface {
	// Setting returns what is kept under a name; fault.NotFound if nothing is.
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

// Service is the use-cases of the texts.
type Service struct {
	Write func(context.Context, audit.Entry, func(Tx) error) error
	Read  func(context.Context, func(Tx) error) error
	Now   func() time.Time
	Texts *lang.Catalogue
}

// kept is the name under which the reviews are: there is one for a text and a language at most, some hundred in all.
const kept = "wording.reviews"

const maxReviewer = 200

func reviews(ctx context.Context, tx Tx) ([]Review, error) {
	raw, err := tx.Setting(ctx, kept)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	var all []Review
	if err == nil && json.Unmarshal(raw, &all) != nil {
		err = fault.New(fault.Internal, "wording.kept")
	}
	return all, err
}

// standing says how a text stands, with the reviews that are kept. Serbian in its other script is made letter by letter from the one, and
// stands as that does.
func (s *Service) standing(all []Review, t lang.Tag, text lang.Text) Standing {
	out := Standing{Language: t, Text: text, Source: t == lang.English, File: s.Texts.Status(t).File}
	out.Digest, out.Whole = s.Texts.Digest(t, text)
	of := t
	if from := s.Texts.Status(t).From; from != "" {
		of = from
	}
	for _, r := range all {
		if r.Language == of && r.Text == text {
			out.Review = r
		}
	}
	return out
}

// All returns how every text stands in every language, by languages in the order of the catalogue.
//
// It fails with [fault.Internal] if what is kept cannot be read.
func (s *Service) All(ctx context.Context) ([]Standing, error) {
	var out []Standing
	err := s.Read(ctx, func(tx Tx) error {
		all, err := reviews(ctx, tx)
		for _, t := range s.Texts.Reads() {
			for _, text := range s.Texts.PersonTexts() {
				out = append(out, s.standing(all, t, text))
			}
		}
		return err
	})
	return out, err
}

// Of returns how one text stands in one language.
//
// It fails with [fault.NotFound] if there is no such text or language.
func (s *Service) Of(ctx context.Context, t lang.Tag, text lang.Text) (Standing, error) {
	var out Standing
	err := s.Read(ctx, func(tx Tx) (err error) {
		out, err = s.OfIn(ctx, tx, t, text)
		return err
	})
	return out, err
}

// Doubted reports whether nobody has reviewed a text as it stands in a language. What is not there, such as a language for tests, nobody
// has reviewed.
//
// It fails with [fault.Internal] if what is kept cannot be read.
func (s *Service) Doubted(ctx context.Context, t lang.Tag, text lang.Text) (bool, error) {
	at, err := s.Of(ctx, t, text)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return !at.Reviewed(), err
}

// OfIn is [Service.Of] in a transaction.
func (s *Service) OfIn(ctx context.Context, tx Tx, t lang.Tag, text lang.Text) (Standing, error) {
	if !slices.Contains(s.Texts.Reads(), t) || !slices.Contains(s.Texts.PersonTexts(), text) {
		return Standing{}, fault.New(fault.NotFound, "wording.unknown")
	}
	all, err := reviews(ctx, tx)
	return s.standing(all, t, text), err
}

// Confirming says who reviewed which words.
type Confirming struct {
	Language lang.Tag
	Text     lang.Text
	Digest   string // of the words that were seen
	Reviewer string // name and function
	On       profile.Date
}

// Confirm records that somebody has reviewed a text as it stands.
//
// It fails with [fault.Denied] as [access.Check], [fault.NotFound] as [Service.Of], [fault.Stale] if the words are not those of the
// digest, [fault.Conflict] for English, which needs none, and for a text of which something is missing, and [fault.Invalid] if the
// reviewer or the day says nothing.
func (s *Service) Confirm(ctx context.Context, who access.Actor, in Confirming) (Standing, error) {
	name := string(in.Language) + "/" + string(in.Text)
	if err := access.Check(who, access.ReviewText, access.Resource{Noun: "wording", ID: name, Realm: access.Office}); err != nil {
		return Standing{}, err
	}
	now := s.Now()
	day, err := time.Parse(time.DateOnly, string(in.On))
	switch {
	case len(strings.TrimSpace(in.Reviewer)) < 3 || !plain(in.Reviewer):
		return Standing{}, fault.New(fault.Invalid, "wording.field").With("field", "reviewer")
	case err != nil || day.After(now.UTC().AddDate(0, 0, 1)):
		return Standing{}, fault.New(fault.Invalid, "wording.field").With("field", "on")
	}
	var out Standing
	err = s.Write(ctx, audit.Did(who, access.ReviewText, name).For(in.Digest), func(tx Tx) error {
		at, err := s.OfIn(ctx, tx, in.Language, in.Text)
		switch {
		case err != nil:
			return err
		case at.Digest != in.Digest:
			return fault.New(fault.Stale, "wording.changed")
		case at.Source:
			return fault.New(fault.Conflict, "wording.source")
		case !at.Whole:
			return fault.New(fault.Conflict, "wording.whole")
		}
		all, err := reviews(ctx, tx)
		if err != nil {
			return err
		}
		r := Review{
			Language: in.Language, Text: in.Text, Digest: in.Digest, Reviewer: strings.TrimSpace(in.Reviewer), On: in.On, By: who.User, At: frame.At(now),
		}
		if from := s.Texts.Status(r.Language).From; from != "" {
			r.Language = from
		}
		out = at
		if same := at.Review; same.Digest == r.Digest && same.Reviewer == r.Reviewer && same.On == r.On {
			return nil // it says so already
		}
		all = slices.DeleteFunc(all, func(x Review) bool { return x.Language == r.Language && x.Text == r.Text })
		raw, err := json.Marshal(append(all, r))
		if err != nil {
			return fault.Wrap(fault.Internal, "wording.kept", err)
		}
		out.Review = r
		return tx.SetSetting(ctx, kept, raw)
	})
	return out, err
}

// plain reports whether a name can be shown: one line, and nothing that changes the direction of writing.
func plain(s string) bool {
	return len(s) <= maxReviewer && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	})
}
