package referral

import (
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/person"
)

// maxAnswers is how many questions beside a step may be answered.
const maxAnswers = 20

// Answer is what was answered to a question that both desks know by its code: each reads the question in her own language.
type Answer struct {
	Question Code   `json:"question"`
	Text     string `json:"text"`
}

// Said is what was written beside an event.
type Said struct {
	Digest   Digest
	Language string // in which it is written; empty: it was not said
	Text     string // empty where there are answers and nothing else
	Answers  []Answer
}

// words is the content of what one desk writes to the other beside an event.
type words struct {
	Answers  []Answer `json:"answers,omitempty"`
	Form     string   `json:"form"`
	Language string   `json:"language,omitempty"`
	Text     string   `json:"text"`
}

// well reports whether words can be sent.
func (w words) well() bool {
	asked := map[Code]bool{}
	for _, a := range w.Answers {
		if !a.Question.Well() || asked[a.Question] || !wellWritten(a.Text) {
			return false
		}
		asked[a.Question] = true
	}
	return w.Form == wordsForm && (w.Language == "" || person.Tag(w.Language)) && len(w.Answers) <= maxAnswers &&
		(wellWritten(w.Text) || w.Text == "" && len(w.Answers) > 0)
}

// ParseWords returns the words of such a content (spec/referral.md), without the event that they belong to. It fails with [fault.TooLarge] and
// with [fault.Invalid] if it is none.
func ParseWords(b []byte) (Said, error) {
	var w words
	if err := frame.Decode(b, maxContent*4, &w); err != nil {
		return Said{}, err
	}
	if !w.well() {
		return Said{}, fault.New(fault.Invalid, "referral.words")
	}
	return Said{Language: w.Language, Text: w.Text, Answers: slices.Clip(w.Answers)}, nil
}
