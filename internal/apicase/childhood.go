package apicase

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// childRoutes are about the path of who is or may be a child.
func childRoutes() []call.Route {
	const base, one = "/cases/{case}/childhood", "/cases/{case}/childhood/guardians/{record}"
	return []call.Route{
		{ID: "child.read", Method: call.Get, Path: base, Action: access.ReadCase, Summary: "Open the path of who is or may be a child: guardians, best interests, age, what she was told, which bodies were"},
		{ID: "child.appoint", Method: call.Post, Path: base + "/guardians", Action: access.ProtectCase, Made: true, Summary: "Record who decides with her from a day on"},
		{ID: "child.exclude", Method: call.Post, Path: one + "/conflict", Action: access.ProtectCase, Summary: "Record a conflict of interest, which excludes a guardian"},
		{ID: "child.guardian-end", Method: call.Post, Path: one + "/end", Action: access.ProtectCase, Summary: "Record that somebody is her guardian no more, and why"},
		{ID: "child.interest", Method: call.Post, Path: base + "/interests", Action: access.ProtectCase, Made: true, Summary: "Record what was assessed or determined to be in her best interests"},
		{ID: "child.age", Method: call.Post, Path: base + "/ages", Action: access.ProtectCase, Made: true, Summary: "Record what was said, found or decided about her age"},
		{ID: "child.tell", Method: call.Post, Path: base + "/tellings", Action: access.AssentCase, Made: true, Summary: "Record what she was told, and what she said to it"},
		{ID: "child.notify", Method: call.Post, Path: base + "/notices", Action: access.ProtectCase, Made: true, Summary: "Record that a body that protects children was told; this node tells nobody"},
		{ID: "child.review", Method: call.Post, Path: base + "/review", Action: access.ProtectCase, Summary: "Say that one has looked at where she stands"},
	}
}

// children registers them.
func (a *Area) children(r *call.Router) {
	call.Add(r, "child.read", a.readChild)
	call.Add(r, "child.appoint", a.appoint)
	call.Add(r, "child.exclude", a.excludeGuardian)
	call.Add(r, "child.guardian-end", a.endGuardian)
	call.Add(r, "child.interest", a.weighInterest)
	call.Add(r, "child.age", a.speakAge)
	call.Add(r, "child.tell", a.tellChild)
	call.Add(r, "child.notify", a.notifyBody)
	call.Add(r, "child.review", a.reviewChild)
}

// ChildFile is the path of a child. Records have record, version, at, by and value.
type ChildFile struct {
	Body struct {
		Class     person.AgeClass `json:"class" doc:"How she is treated: child, unknown (as a child) or adult"`
		Disputed  bool            `json:"disputed" doc:"Her age is disputed or appealed: she is treated as a child"`
		First     string          `json:"first" doc:"yyyy-mm-dd: the first day on which she can be 18; empty: nothing says"`
		Last      string          `json:"last" doc:"yyyy-mm-dd: the last one; until then she is treated as a child"`
		Prepare   bool            `json:"prepare" doc:"The first day is near, and nobody has gone through it with her"`
		Deciding  []id.Record     `json:"deciding" nullable:"false" doc:"The guardians that she has today"`
		Untold    []string        `json:"untold" nullable:"false" doc:"Bodies of the profile that nobody has told"`
		Verified  bool            `json:"verified" doc:"The list of bodies is law that somebody has read or confirmed; else it is only shown"`
		Waiting   []id.Consent    `json:"waiting" nullable:"false" doc:"Given for her by somebody else; she has not said since she is 18 that they stand"`
		Guardians json.RawMessage `json:"guardians"`
		Interests json.RawMessage `json:"interests"`
		Ages      json.RawMessage `json:"ages"`
		Told      json.RawMessage `json:"told"`
		Notices   json.RawMessage `json:"notices"`
	}
}

func (a *Area) readChild(ctx context.Context, by keyring.Bearer, in *OneCase) (*ChildFile, error) {
	f, err := a.Childhoods.Show(ctx, by, in.Case)
	out := &ChildFile{}
	b := &out.Body
	b.Class, b.Disputed, b.First, b.Last, b.Prepare = f.Class, f.Disputed, f.Coming.First, f.Coming.Last, f.Coming.Prepare
	b.Deciding, b.Untold, b.Waiting, b.Verified = []id.Record{}, append([]string{}, f.Untold...), []id.Consent{}, f.Bodies.Usable
	for _, g := range f.Deciding {
		b.Deciding = append(b.Deciding, g.Record)
	}
	for _, c := range f.Waiting {
		b.Waiting = append(b.Waiting, c.ID)
	}
	b.Guardians, b.Interests, b.Ages = recordsOf(f.Guardians), recordsOf(f.Interests), recordsOf(f.Ages)
	b.Told, b.Notices = recordsOf(f.Told), recordsOf(f.Notices)
	return out, err
}

// Childing records something about a child.
type Childing[T any] struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
	Body T
}

func (a *Area) appoint(ctx context.Context, by keyring.Bearer, in *Childing[childhood.Guardian]) (*call.Made, error) {
	k, err := a.Childhoods.Appoint(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Excluding records a conflict of interest. If-Match names the appointment that was read.
type Excluding struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Day      string `json:"day" maxLength:"10" doc:"yyyy-mm-dd on which it was noticed"`
		Conflict string `json:"conflict" maxLength:"2000" doc:"What it is, and how it is known"`
	}
}

func (a *Area) excludeGuardian(ctx context.Context, by keyring.Bearer, in *Excluding) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Childhoods.Exclude(ctx, by, in.Case, in.Record, version, in.Body.Day, in.Body.Conflict)
	return call.MadeOf(string(k.Record), k.Version), err
}

// GuardianEnding says that somebody is her guardian no more. If-Match names the appointment that was read.
type GuardianEnding struct {
	call.Session
	call.Match
	Case   id.Case   `path:"case" maxLength:"64"`
	Record id.Record `path:"record" maxLength:"64"`
	Body   struct {
		Day string `json:"day" maxLength:"10" doc:"yyyy-mm-dd from which it is over"`
		Why string `json:"why" maxLength:"60" doc:"Code"`
	}
}

func (a *Area) endGuardian(ctx context.Context, by keyring.Bearer, in *GuardianEnding) (*call.Made, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := a.Childhoods.EndGuardian(ctx, by, in.Case, in.Record, version, in.Body.Day, in.Body.Why)
	return call.MadeOf(string(k.Record), k.Version), err
}

func (a *Area) weighInterest(ctx context.Context, by keyring.Bearer, in *Childing[childhood.Interest]) (*call.Made, error) {
	k, err := a.Childhoods.Appraise(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

func (a *Area) speakAge(ctx context.Context, by keyring.Bearer, in *Childing[childhood.Age]) (*call.Made, error) {
	k, err := a.Childhoods.Speak(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

func (a *Area) tellChild(ctx context.Context, by keyring.Bearer, in *Childing[childhood.Told]) (*call.Made, error) {
	k, err := a.Childhoods.Tell(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

func (a *Area) notifyBody(ctx context.Context, by keyring.Bearer, in *Childing[childhood.Notice]) (*call.Made, error) {
	k, err := a.Childhoods.Notify(ctx, by, in.Case, in.Body)
	return call.MadeOf(string(k.Record), k.Version), err
}

// Looking says that one has looked at where a child stands; to say it again changes nothing but the day of the next time.
type Looking struct {
	call.Session
	call.Once
	Case id.Case `path:"case" maxLength:"64"`
}

func (a *Area) reviewChild(ctx context.Context, by keyring.Bearer, in *Looking) (*call.Nothing, error) {
	return &call.Nothing{}, a.Childhoods.Review(ctx, by, in.Case)
}
