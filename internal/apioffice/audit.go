package apioffice

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/profile"
)

func (a *Area) auditEntries(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[audit.Logged], error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, err
	}
	var from int64
	if after != "" {
		if from, err = strconv.ParseInt(after, 10, 64); err != nil || from < 0 {
			return nil, call.BadCursor()
		}
	}
	all, next, err := a.Audit.Entries(ctx, by.Actor, audit.Place(from), in.AtMost())
	out := &call.List[audit.Logged]{}
	out.Body.Items = append([]audit.Logged{}, all...)
	if next != 0 {
		out.Body.Next = in.Next(strconv.FormatInt(int64(next), 10))
	}
	return out, err
}

// Finding looks for entries of the log, the newest first.
type Finding struct {
	call.Session
	Action access.Action `query:"action" maxLength:"60" doc:"As the log has it: case.open"`
	Role   access.Role   `query:"role" maxLength:"40"`
	Object string        `query:"object" maxLength:"100" doc:"Identifier of what was touched, of a case or of an account"`
	Since  frame.Time    `query:"since" minimum:"0" doc:"Not before"`
	Until  frame.Time    `query:"until" minimum:"0" doc:"Before"`
	Before int64         `query:"before" minimum:"0" doc:"Only entries before this place: what the answer to the last question said"`
	Limit  int           `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// FoundEntries is what a search came to.
type FoundEntries struct {
	Body struct {
		Items  []audit.Logged `json:"items" nullable:"false"`
		Before int64          `json:"before,omitempty" doc:"Older ones are asked for before this place; left out: that was all"`
		Back   bool           `json:"back,omitempty" doc:"It stopped there because enough was read, not because enough was found"`
	}
}

func (a *Area) auditFind(ctx context.Context, by keyring.Bearer, in *Finding) (*FoundEntries, error) {
	found, err := a.Audit.Find(ctx, by.Actor, audit.Filter{Action: in.Action, Role: in.Role, Object: in.Object, Since: in.Since, Until: in.Until}, audit.Place(in.Before), in.Limit)
	out := &FoundEntries{}
	out.Body.Items, out.Body.Before, out.Body.Back = append([]audit.Logged{}, found.Entries...), int64(found.Next), found.Back
	return out, err
}

// LogEntry is one entry with what proves that it is in the log.
type LogEntry struct {
	Body struct {
		Entry audit.Logged        `json:"entry"`
		Leaf  string              `json:"leaf" doc:"Hash of its leaf, hex"`
		Proof string              `json:"proof,omitempty" doc:"Text of spec/audit-log.md that opens the leaf; left out: no signed checkpoint covers it yet"`
		Size  int64               `json:"size,omitempty" doc:"Of the tree that the proof is of"`
		Root  string              `json:"root,omitempty" doc:"Of that tree, hex"`
		By    []audit.Cosignature `json:"by" nullable:"false" doc:"Who countersigned it"`
	}
}

func (a *Area) auditEntry(ctx context.Context, by keyring.Bearer, in *OneEntry) (*LogEntry, error) {
	n, err := a.others(ctx, by)
	if err != nil {
		return nil, err
	}
	x, err := a.Audit.Show(ctx, by.Actor, audit.At(in.Epoch, in.Index), n)
	if err != nil {
		return nil, err
	}
	out := &LogEntry{}
	out.Body.Entry, out.Body.Leaf, out.Body.By = x.Logged, hex.EncodeToString(x.Leaf[:]), append([]audit.Cosignature{}, x.By...)
	if x.Proof != nil {
		out.Body.Proof, out.Body.Size, out.Body.Root = x.Proof.Text(), x.State.Size, hex.EncodeToString(x.State.Root[:])
	}
	return out, nil
}

// Unusual is the newest alerts.
type Unusual struct {
	Body struct {
		Items []audit.Alert `json:"items" nullable:"false"`
	}
}

func (a *Area) auditUnusual(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Unusual, error) {
	all, err := a.Audit.Unusual(ctx, by.Actor, 0)
	out := &Unusual{}
	out.Body.Items = append([]audit.Alert{}, all...)
	return out, err
}

// Evidence is what is kept against members with two histories.
type Evidence struct {
	Body struct {
		Items []string `json:"items" nullable:"false" doc:"Texts of spec/audit-log.md, section 7"`
	}
}

func (a *Area) auditForks(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Evidence, error) {
	all, err := a.Audit.Forks(ctx, by.Actor)
	out := &Evidence{}
	out.Body.Items = append([]string{}, all...)
	return out, err
}

// others returns how many active members there are besides this one; 0 before it has joined a network.
func (a *Area) others(ctx context.Context, by keyring.Bearer) (int, error) {
	held, _, err := a.Members.Roster(ctx, by.Actor)
	if err != nil && fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	return held.Signed.Roster.Others(by.Actor.Member), err
}

// LogState says how far the log goes and how far it is witnessed.
type LogState struct {
	Body audit.Standing
}

func (a *Area) auditState(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*LogState, error) {
	n, err := a.others(ctx, by)
	if err != nil {
		return nil, err
	}
	s, err := a.Audit.Standing(ctx, by.Actor, n)
	return &LogState{Body: s}, err
}

// Note is a signed text of spec/audit-log.md.
type Note struct {
	Body struct {
		Note string `json:"note"`
	}
}

func (a *Area) auditCheckpoint(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*Note, error) {
	out := &Note{}
	var err error
	out.Body.Note, err = a.Audit.Countersigned(ctx, by.Actor)
	return out, err
}

// OneEntry names a place in the log.
type OneEntry struct {
	call.Session
	Epoch int64 `path:"epoch" minimum:"1"`
	Index int64 `path:"index" minimum:"0"`
}

func (a *Area) auditProof(ctx context.Context, by keyring.Bearer, in *OneEntry) (*Note, error) {
	n, err := a.others(ctx, by)
	if err != nil {
		return nil, err
	}
	proof, err := a.Audit.ProofOf(ctx, by.Actor, audit.At(in.Epoch, in.Index), n)
	if err != nil {
		return nil, err
	}
	out := &Note{}
	out.Body.Note = proof.Text()
	return out, nil
}

// LogReport is what a verification found.
type LogReport struct {
	Body audit.Report
}

func (a *Area) auditVerify(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*LogReport, error) {
	r, err := a.Audit.Verify(ctx, by.Actor, nil)
	return &LogReport{Body: r}, err
}

// Item is one line of law or agreement.
type Item struct {
	Key     string          `json:"key"`
	Content json.RawMessage `json:"content" doc:"What a confirmation is about: the item without its origin"`
	Digest  string          `json:"digest" doc:"Of its content; a confirmation names it"`
	Text    string          `json:"text" doc:"Message key"`
	Origin  profile.Origin  `json:"origin"`
}

func (a *Area) profileItems(ctx context.Context, _ keyring.Bearer, in *call.Listing) (*call.List[Item], error) {
	set, _, err := a.Profile.Current(ctx)
	if err != nil {
		return nil, err
	}
	var all []Item
	for _, i := range set.Items() {
		all = append(all, Item(i))
	}
	return call.Paged(all, in.Page, func(i Item) string { return i.Key })
}

// Checked is a line of the checklist.
type Checked struct {
	Item     Item             `json:"item"`
	Standing profile.Standing `json:"standing" enum:"open,lapsed,confirmed"`
}

func (a *Area) checklist(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[Checked], error) {
	set, lapsed, err := a.Profile.Current(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := set.Checklist(by.Member, lapsed)
	if err != nil {
		return nil, err
	}
	var all []Checked
	for _, l := range lines {
		all = append(all, Checked{Item(l.Item), l.Standing})
	}
	return call.Paged(all, in.Page, func(c Checked) string { return c.Item.Key })
}

// Confirming confirms an item as it stands.
type Confirming struct {
	call.Session
	call.Once
	Body struct {
		Key    string `json:"key" maxLength:"200"`
		Digest string `json:"digest" maxLength:"100" doc:"Of what was seen"`
	}
}

func (a *Area) confirmItem(ctx context.Context, by keyring.Bearer, in *Confirming) (*call.Nothing, error) {
	return nil, a.Profile.Confirm(ctx, by.Actor, in.Body.Key, in.Body.Digest)
}

// Stating states how long records of one kind are kept.
type Stating struct {
	call.Session
	Class string `path:"class" maxLength:"64"`
	Body  struct {
		N        int          `json:"n" minimum:"1" maximum:"1200"`
		Unit     profile.Unit `json:"unit" enum:"days,months"`
		Source   string       `json:"source" minLength:"1" maxLength:"500" doc:"The law or decision that says so"`
		Citation string       `json:"citation" minLength:"1" maxLength:"500" doc:"Article, page or address"`
	}
}

func (a *Area) stateRetention(ctx context.Context, by keyring.Bearer, in *Stating) (*call.Nothing, error) {
	return nil, a.Profile.State(ctx, by.Actor, in.Class, profile.Length{N: in.Body.N, Unit: in.Body.Unit}, in.Body.Source, in.Body.Citation)
}
