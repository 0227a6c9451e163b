package apioffice

import (
	"context"
	"io"
	"time"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/count"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/veil"
)

// CountScope is what is counted.
type CountScope struct {
	Purpose    string `json:"purpose" enum:"annual,trend,special"`
	Definition string `json:"definition" enum:"registered,identified" doc:"Persons of cases that were opened in the period; or only those whose status of identification was decided"`
	From       string `json:"from" format:"date" doc:"The first day"`
	To         string `json:"to" format:"date" doc:"The last day"`
}

// CountRun is one count as this member knows it.
type CountRun struct {
	ID        string          `json:"id"`
	Scope     CountScope      `json:"scope"`
	Proposer  id.Member       `json:"proposer"`
	Members   []id.Member     `json:"members" nullable:"false"`
	Mixers    int             `json:"mixers"`
	Epsilon   int             `json:"epsilon" doc:"What it may tell of one record, in thousandths"`
	Least     int             `json:"least" doc:"A smaller number is not published"`
	Widest    int             `json:"widest" doc:"Half the interval, in thousandths of the number, beyond which it is not published"`
	Heard     frame.Time      `json:"heard"`
	Voices    int             `json:"voices" doc:"How many people here have said that this member takes part; two are needed"`
	Joined    []id.Member     `json:"joined" nullable:"false"`
	Desks     []CountDesk     `json:"desks" nullable:"false" doc:"While records are prepared here: the desks that have cases of the period, and how far they are; empty before one has begun"`
	Home      id.Desk         `json:"home,omitempty" doc:"The desk that puts together what all desks have made"`
	Left      []id.Desk       `json:"left" nullable:"false" doc:"Desks that have cases and without which the records were prepared"`
	Step      string          `json:"step,omitempty" doc:"Where it is, spec/veil-count.md 4; empty: everything has been said"`
	Until     frame.Time      `json:"until,omitempty" doc:"When the time of this step is over"`
	Waits     []id.Member     `json:"waits" nullable:"false" doc:"Who is waited for"`
	Late      []id.Member     `json:"late" nullable:"false" doc:"Those of them whose time is over"`
	Ours      bool            `json:"ours" doc:"This member is waited for"`
	Mixing    []id.Member     `json:"mixing" nullable:"false" doc:"Who mixes, in this order; empty while it is not drawn"`
	Tally     id.Member       `json:"tally,omitempty"`
	End       count.End       `json:"end,omitempty" enum:"counted,declined,broken"`
	Over      frame.Time      `json:"over,omitempty"`
	Declined  []id.Member     `json:"declined" nullable:"false"`
	Named     []CountNamed    `json:"named" nullable:"false" doc:"Who is said to have broken it, and by whom"`
	Result    *veil.Published `json:"result,omitempty"`
	Checked   bool            `json:"checked" doc:"This member had all that was sent, and has found it in order"`
	Published frame.Time      `json:"published,omitempty"`
}

// CountDesk is how far a desk is with its cases.
type CountDesk struct {
	Desk  id.Desk `json:"desk"`
	Files int64   `json:"files" doc:"Cases that were read"`
	Done  bool    `json:"done"`
}

// CountNamed says who broke a count, in which step and how, and who says so.
type CountNamed struct {
	By     id.Member `json:"by"`
	Member id.Member `json:"member"`
	Step   string    `json:"step"`
	For    string    `json:"for"`
}

func countRunOf(st *count.State) CountRun {
	out := CountRun{
		ID: st.ID, Scope: CountScope(st.Scope), Proposer: st.Plan.Proposer, Members: st.Plan.Members, Mixers: st.Plan.Mixers, Epsilon: st.Plan.Epsilon,
		Least: st.Plan.Least, Widest: st.Plan.Widest, Heard: st.Heard, Joined: append([]id.Member{}, st.Joined...), Desks: []CountDesk{}, Home: st.Desk, Left: append([]id.Desk{}, st.Left...), Step: st.Stage.Step,
		Waits: append([]id.Member{}, st.Stage.Waits...), Late: []id.Member{}, Ours: st.Ours, Mixing: append([]id.Member{}, st.Roles.Mixers...), Tally: st.Roles.Tally,
		End: st.End, Over: st.Over, Declined: append([]id.Member{}, st.Away...), Named: []CountNamed{}, Result: st.Result, Checked: st.Checked, Published: st.Published,
	}
	if st.Stage.Step != "" {
		out.Until = st.Plan.Until[st.Stage.At]
	}
	for _, v := range st.Voices {
		if v.Yes {
			out.Voices++
		}
	}
	for _, d := range st.Desks {
		out.Desks = append(out.Desks, CountDesk{d.Desk, d.Files, d.Done})
	}
	for _, n := range st.Late {
		out.Late = append(out.Late, n.Member)
	}
	for _, n := range st.Blamed() {
		out.Named = append(out.Named, CountNamed{n.By, n.Member, n.Step, n.For})
	}
	return out
}

// CountRuns is a list of counts.
type CountRuns struct {
	Body struct {
		Counts []CountRun `json:"counts" nullable:"false"`
	}
}

// mostCounts is how many are listed.
const mostCounts = 200

func (a *Area) listCounts(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*CountRuns, error) {
	all, err := a.Counts.List(ctx, by.Actor, mostCounts)
	if err != nil {
		return nil, err
	}
	out := &CountRuns{}
	out.Body.Counts = []CountRun{}
	for i := range all {
		out.Body.Counts = append(out.Body.Counts, countRunOf(&all[i]))
	}
	return out, nil
}

// CountProposal is what a coordinator proposes.
type CountProposal struct {
	call.Session
	call.Once
	Body struct {
		CountScope
		Members    []id.Member `json:"members" minItems:"1" maxItems:"24" doc:"Beside this member, which takes part"`
		Mixers     int         `json:"mixers,omitempty" minimum:"2" maximum:"23" default:"4"`
		Epsilon    int         `json:"epsilon,omitempty" minimum:"10" maximum:"10000" default:"1000" doc:"In thousandths"`
		Least      int         `json:"least,omitempty" minimum:"5" maximum:"1000000" default:"10"`
		Widest     int         `json:"widest,omitempty" minimum:"1" maximum:"1000" default:"200"`
		Batch      int         `json:"batch,omitempty" minimum:"8" maximum:"65536" default:"128"`
		PeopleDays int         `json:"people_days,omitempty" minimum:"1" maximum:"60" default:"10" doc:"How long people have for a step of theirs"`
		NodeDays   int         `json:"node_days,omitempty" minimum:"1" maximum:"30" default:"3" doc:"How long nodes have for a step of theirs"`
	}
}

func (a *Area) proposeCount(ctx context.Context, by keyring.Bearer, in *CountProposal) (*call.Made, error) {
	const day = 24 * time.Hour
	b := &in.Body
	or := func(n, other int) int {
		if n == 0 {
			return other
		}
		return n
	}
	run, err := a.Counts.Propose(ctx, by.Actor, count.Proposal{
		Scope: count.Scope(b.CountScope), Members: b.Members, Mixers: or(b.Mixers, veil.SoundMixers), Epsilon: or(b.Epsilon, 1000), Least: or(b.Least, veil.SoundLeast),
		Widest: or(b.Widest, 200), Batch: or(b.Batch, veil.SoundBatch), People: time.Duration(or(b.PeopleDays, 10)) * day, Nodes: time.Duration(or(b.NodeDays, 3)) * day,
	})
	if err != nil {
		return nil, err
	}
	return call.MadeOf(run, 0), nil
}

// OneCount names a count.
type OneCount struct {
	call.Session
	Count string `path:"count" maxLength:"40"`
}

// CountDeed asks for something to be done in a count.
type CountDeed struct {
	call.Session
	call.Once
	Count string `path:"count" maxLength:"40"`
}

// OneCountRun is one count.
type OneCountRun struct{ Body CountRun }

func (a *Area) showCount(ctx context.Context, by keyring.Bearer, in *OneCount) (*OneCountRun, error) {
	st, err := a.Counts.Show(ctx, by.Actor, in.Count)
	if err != nil {
		return nil, err
	}
	return &OneCountRun{countRunOf(&st)}, nil
}

func (a *Area) agreeCount(ctx context.Context, by keyring.Bearer, in *CountDeed) (*call.Nothing, error) {
	return nil, a.Counts.Agree(ctx, by.Actor, in.Count)
}

func (a *Area) declineCount(ctx context.Context, by keyring.Bearer, in *CountDeed) (*call.Nothing, error) {
	return nil, a.Counts.Decline(ctx, by.Actor, in.Count)
}

// CountRecords says how well keys find what people have found, where that was measured otherwise than on merged files.
type CountRecords struct {
	call.Session
	call.Once
	Count string `path:"count" maxLength:"40"`
	Body  struct {
		RecallFound int64     `json:"recall_found,omitempty" minimum:"0" maximum:"65536" doc:"Of so many pairs of records of one person keys had found so many"`
		RecallOf    int64     `json:"recall_of,omitempty" minimum:"0" maximum:"65536" doc:"0: it is measured on files that people here have merged"`
		Without     []id.Desk `json:"without,omitempty" maxItems:"200" doc:"Desks whose cases are missing and where nobody can prepare them: their persons are not counted"`
	}
}

// CountPrepared says how far the desk and its member are. The number of records stays here: others learn a power of two.
type CountPrepared struct {
	Body struct {
		Records int       `json:"records" doc:"That the member has committed to; 0: not yet"`
		Going   bool      `json:"going" doc:"It goes on by itself; the same call asks how far it is"`
		Files   int64     `json:"files" doc:"Cases that were read at this desk"`
		Waits   []id.Desk `json:"waits" nullable:"false" doc:"Desks whose cases are missing"`
	}
}

func (a *Area) prepareCount(ctx context.Context, by keyring.Bearer, in *CountRecords) (*CountPrepared, error) {
	var stated *veil.Recall
	if in.Body.RecallOf > 0 {
		stated = &veil.Recall{Found: in.Body.RecallFound, Of: in.Body.RecallOf}
	}
	p, err := a.Counts.Prepare(ctx, by, in.Count, stated, in.Body.Without...)
	if err != nil {
		return nil, err
	}
	out := &CountPrepared{}
	out.Body.Records, out.Body.Going, out.Body.Files, out.Body.Waits = p.Records, p.Going, p.Files, append([]id.Desk{}, p.Waits...)
	return out, nil
}

// CountEncrypted says whether it goes on.
type CountEncrypted struct {
	Body struct {
		Going bool `json:"going" doc:"It goes on by itself; the count shows when it is done"`
	}
}

func (a *Area) encryptCount(ctx context.Context, by keyring.Bearer, in *CountDeed) (*CountEncrypted, error) {
	going, err := a.Counts.Encrypt(ctx, by, in.Count)
	if err != nil {
		return nil, err
	}
	out := &CountEncrypted{}
	out.Body.Going = going
	return out, nil
}

func (a *Area) publishCount(ctx context.Context, by keyring.Bearer, in *CountDeed) (*call.Nothing, error) {
	return nil, a.Counts.Publish(ctx, by.Actor, in.Count)
}

func (a *Area) transcriptOfCount(ctx context.Context, by keyring.Bearer, in *OneCount) (*call.Streamed, error) {
	b, err := a.Counts.Transcript(ctx, by.Actor, in.Count)
	if err != nil {
		return nil, err
	}
	return &call.Streamed{Name: "count.json", Body: func(w io.Writer) { _, _ = w.Write(b) }}, nil // who goes away gets no answer
}

// CountLedger is what counts of a year may tell of one record.
type CountLedger struct {
	Body struct {
		Year  int   `json:"year"`
		Spent int64 `json:"spent" doc:"In thousandths"`
		Most  int64 `json:"most" doc:"In thousandths"`
		CountBound
	}
}

// CountBound says who says how much a year allows.
type CountBound struct {
	Source  string     `json:"source"`
	Status  string     `json:"status" doc:"Of the value of the profile, or confirmed: this member has decided it"`
	Decided frame.Time `json:"decided,omitempty" doc:"When this member has decided it; 0: it is the value of the profile"`
}

// CountAllowance is what counts of a year may tell of one record.
type CountAllowance struct {
	call.Session
	call.Once
	Body struct {
		Most   int64  `json:"most" minimum:"0" maximum:"10000" doc:"In thousandths; 0: this member takes part in none"`
		Source string `json:"source" minLength:"1" maxLength:"500" doc:"On whose decision"`
	}
}

func (a *Area) allowCounts(ctx context.Context, by keyring.Bearer, in *CountAllowance) (*call.Nothing, error) {
	return nil, a.Counts.Allow(ctx, by.Actor, in.Body.Most, in.Body.Source)
}

func (a *Area) ledgerOfCounts(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*CountLedger, error) {
	l, err := a.Counts.Ledger(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &CountLedger{}
	out.Body.Year, out.Body.Spent, out.Body.Most = l.Year, l.Spent, l.Most
	out.Body.CountBound = CountBound{l.Source, string(l.Status), l.Decided}
	return out, nil
}
