package childhood

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Answer is what she said.
type Answer string

// The answers. That nobody has asked her is one of them, and never looks like a yes.
const (
	Agrees    Answer = "agrees"
	Refuses   Answer = "refuses"
	Undecided Answer = "undecided"
	NotAsked  Answer = "not-asked"
)

// Answers returns every answer, in the order in which they are shown.
func Answers() []Answer { return []Answer{Agrees, Refuses, Undecided, NotAsked} }

// Told is what was explained to a child, and what she said to it. Its words are those of a consent.
type Told struct {
	About       string `json:"about" maxLength:"60" doc:"Code"`
	On          string `json:"on" maxLength:"10" doc:"yyyy-mm-dd"`
	Language    string `json:"language" maxLength:"35" doc:"Of the conversation, BCP 47"`
	Interpreter string `json:"interpreter,omitempty" maxLength:"200" doc:"Name; empty: none"`
	ReadBack    bool   `json:"read_back,omitempty" doc:"She said it again in her own words"`
	How         string `json:"how" maxLength:"60" doc:"Code"`
	With        string `json:"with,omitempty" maxLength:"200" doc:"Whom she trusts and who was there"`
	Answer      Answer `json:"answer" enum:"agrees,refuses,undecided,not-asked"`
	Words       string `json:"words,omitempty" maxLength:"20000" doc:"What she said"`
	Why         string `json:"why,omitempty" maxLength:"2000" doc:"Nobody asked her"`
}

// Check reports whether it can be recorded.
//
// It fails with [fault.Invalid]: "childhood.field" and the field that is wrong; "childhood.told.language" if neither an interpreter helped
// nor she said it again in her own words.
func (x Told) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case !d.Has(ListTold, x.About):
		return bad("about")
	case !person.Day(x.On):
		return bad("on")
	case !person.Tag(x.Language):
		return bad("language")
	case !d.Has(ListToldHow, x.How):
		return bad("how")
	case !slices.Contains(Answers(), x.Answer):
		return bad("answer")
	case x.Answer == NotAsked && (x.Why == "" || x.Words != ""), x.Answer != NotAsked && x.Why != "":
		return bad("why")
	case x.Interpreter == "" && !x.ReadBack:
		return fault.New(fault.Invalid, "childhood.told.language").With("field", "interpreter")
	}
	if err := texts(maxText, [2]string{"interpreter", x.Interpreter}, [2]string{"with", x.With}); err != nil {
		return err
	}
	return texts(maxNote, [2]string{"words", x.Words}, [2]string{"why", x.Why})
}

// Tellings are what she was told, oldest first.
type Tellings []casefile.Kept[Told]

// Refused reports whether the last thing that she said about something is no.
func (all Tellings) Refused(about string) bool {
	for _, k := range slices.Backward(all) {
		if x := k.Value; x.About == about && x.Answer != NotAsked {
			return x.Answer == Refuses
		}
	}
	return false
}

// Tell records what was explained to her, and what she said to it.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Told.Check]; [fault.Conflict] if the case is
// closed or "childhood.many"; and [fault.Locked] without keys.
func (s *Service) Tell(ctx context.Context, by keyring.Bearer, c id.Case, x Told) (casefile.Kept[Told], error) {
	return keep(ctx, s, by, access.AssentCase, c, KindTold, x, nil)
}

// Notice says that a body that protects children was told of her.
type Notice struct {
	Body      string     `json:"body" maxLength:"60" doc:"Code, as the profile names it, or other"`
	Name      string     `json:"name" maxLength:"200" doc:"Who was told there: name or office"`
	At        frame.Time `json:"at" minimum:"0" doc:"When; 0: now"`
	How       string     `json:"how" maxLength:"60" doc:"Code"`
	Reference string     `json:"reference,omitempty" maxLength:"200" doc:"Of the body, or of the receipt"`
}

// OtherBody stands for a body that the profile does not name.
const OtherBody = "other"

// Check reports whether it can be recorded.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Notice) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Body == "" || !code(x.Body):
		return bad("body")
	case x.Name == "":
		return bad("name")
	case x.At <= 0:
		return bad("at")
	case !d.Has(ListNoticeHow, x.How):
		return bad("how")
	}
	return texts(maxText, [2]string{"name", x.Name}, [2]string{"reference", x.Reference})
}

// code reports whether s is a code: lower-case letters, digits and dashes.
func code(s string) bool {
	return len(s) <= 40 && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'
	})
}

// Notify records that a body was told of her. Nothing is sent by it: telling is the work of people, by the way that the body asks for.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check]; [fault.Invalid] as [Notice.Check], and for a body that the profile
// does not name or a time that is to come; [fault.Conflict] if the case is closed or "childhood.many"; and [fault.Locked] without keys.
func (s *Service) Notify(ctx context.Context, by keyring.Bearer, c id.Case, x Notice) (casefile.Kept[Notice], error) {
	if x.At == 0 {
		x.At = s.now()
	}
	if x.At > s.now() {
		return casefile.Kept[Notice]{}, bad("at")
	}
	return keep(ctx, s, by, access.ProtectCase, c, KindNotice, x, func(Tx, *keyring.Case) error {
		if x.Body != OtherBody && !slices.Contains(s.Bodies().Codes, x.Body) {
			return bad("body")
		}
		return nil
	})
}
