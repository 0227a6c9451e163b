package access_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// The people of the conversations.
var cast = map[string]access.Actor{
	"ana":     {User: "ana", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"vera":    {User: "vera", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"besa":    {User: "besa", Role: access.CaseManager, Desk: "legal-aid", Realm: access.Assistance, Member: "MK"},
	"filip":   {User: "filip", Role: access.FirstResponder, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"goran":   {User: "goran", Role: access.FirstResponder, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"hana":    {User: "hana", Role: access.FocalPoint, Desk: "emergency", Realm: access.Assistance, Member: "MK"},
	"lea":     {User: "lea", Role: access.ServiceProvider, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"petar":   {User: "petar", Role: access.Prosecutor, Desk: "occpo", Realm: access.Prosecution, Member: "MK"},
	"pavle":   {User: "pavle", Role: access.Prosecutor, Desk: "occpo", Realm: access.Assistance, Member: "MK"}, // signed in wrongly
	"iva":     {User: "iva", Role: access.IdentificationAuthority, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"tanja":   {User: "tanja", Role: access.ChildGuardian, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"fana":    {User: "fana", Role: access.FocalPoint, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"pero":    {User: "pero", Role: access.PoliceLiaison, Desk: "police", Realm: access.Prosecution, Member: "MK"},
	"nada":    {User: "nada", Role: access.NationalCoordinator, Desk: "coordinator", Realm: access.Office, Member: "MK"},
	"sena":    {User: "sena", Role: access.Secretariat, Desk: "secretariat", Realm: access.Office, Member: "MK"},
	"stela":   {User: "stela", Role: access.Statistician, Realm: access.Office, Member: "MK"},
	"dora":    {User: "dora", Role: access.DataProtectionOfficer, Desk: "data-protection", Realm: access.Office, Member: "MK"},
	"aleks":   {User: "aleks", Role: access.Auditor, Realm: access.Office, Member: "MK"},
	"admir":   {User: "admir", Role: access.Administrator, Realm: access.Office, Member: "MK"},
	"node":    access.Node("MK"),
	"peer":    access.Peer("MD"),
	"console": access.Console("MK"),
	"she":     {User: "capsule-1", Role: access.ThePerson, Realm: access.Assistance, Member: "MK"},
	"import":  {User: "svc-1", Role: access.ServiceAccount, Desk: "shelter", Realm: access.Assistance, Member: "MK"},
	"link":    {User: "link-1", Role: access.LightDesk, Desk: "parish", Realm: access.Assistance, Member: "MK"},
}

// The things that they talk about.
func caseOf(owner id.User, more ...access.Flag) access.Resource {
	return access.Resource{Noun: "case", ID: "c1", Realm: access.Assistance, Desk: "shelter", Owner: owner, Emergency: "emergency", Flags: more}
}

func of(noun string, r access.Resource) access.Resource { r.Noun = noun; return r }

func releasedTo(r access.Resource, desks ...id.Desk) access.Resource { r.Released = desks; return r }

func madeBy(r access.Resource, u id.User) access.Resource { r.Maker = u; return r }

func elsewhere(r access.Resource, realm access.Realm, desk id.Desk) access.Resource {
	r.Realm, r.Desk = realm, desk
	return r
}

const (
	yes    = "yes"
	no     = "no"
	hidden = "there is no such thing"
)

func TestConversations(t *testing.T) {
	mine, glassed := caseOf("filip"), caseOf("filip", access.OnDuty, access.UnderGlass)
	police := elsewhere(caseOf("petar"), access.Prosecution, "occpo")
	desk := access.Resource{Noun: "desk", ID: "shelter", Realm: access.Office, Desk: "shelter"}
	ref := func(flags ...access.Flag) access.Resource { return of("referral", caseOf("filip", flags...)) }
	for _, c := range []struct {
		rule   string
		who    string
		action access.Action
		on     access.Resource
		want   string
	}{
		{"the desk works on its case", "ana", access.ReadCase, mine, yes},
		{"", "lea", access.AssessCase, mine, yes},
		{"", "lea", access.CloseCase, mine, no},
		{"another desk does not know that it exists", "besa", access.ReadCase, mine, hidden},
		{"", "besa", access.CloseCase, mine, hidden},
		{"but it does when something was released to it", "besa", access.ReadCase, releasedTo(mine, "legal-aid"), yes},
		{"and then refusal is said openly", "besa", access.CloseCase, releasedTo(mine, "legal-aid"), no},

		{"a first responder sees her own", "filip", access.ReadCase, mine, yes},
		{"", "filip", access.NoteCase, mine, yes},
		{"", "filip", access.CloseCase, mine, no},
		{"and nobody else's", "goran", access.ReadCase, mine, hidden},
		{"also not at a desk that she left", "filip", access.ReadCase, elsewhere(mine, access.Assistance, "legal-aid"), hidden},
		{"she opens drafts", "goran", access.OpenCase, mine, yes},
		{"", "goran", access.DraftReferral, ref(), yes},
		{"she sends hers only if it is urgent", "filip", access.SendReferral, ref(), no},
		{"", "filip", access.SendReferral, ref(access.Urgent), yes},
		{"", "goran", access.SendReferral, ref(access.Urgent), hidden},

		{"prosecution sees only what was released to it", "petar", access.ReadCase, mine, hidden},
		{"", "petar", access.ReadCase, releasedTo(mine, "occpo"), yes},
		{"", "petar", access.NoteCase, releasedTo(mine, "occpo"), no},
		{"", "petar", access.ReadPerson, of("person", mine), hidden},
		{"", "petar", access.ReadConsent, of("consent", mine), hidden},
		{"", "petar", access.ReadReferral, ref(), hidden},
		{"", "petar", access.ReadTask, of("task", mine), hidden},
		{"", "petar", access.ReadMessage, of("message", mine), hidden},
		{"and assistance does not see prosecution", "ana", access.ReadCase, police, hidden},
		{"", "ana", access.ReadReferral, of("referral", police), hidden},
		{"not even when both have a desk of that name", "ana", access.ReadCase, elsewhere(police, access.Prosecution, "shelter"), hidden},
		{"a prosecutor signed in as a helper is refused", "pavle", access.ReadCase, releasedTo(mine, "occpo"), hidden},
		{"", "pavle", access.ReadDesk, desk, no},
		{"a record without a realm is shown to nobody", "ana", access.ReadCase, elsewhere(mine, "", "shelter"), hidden},

		{"the coordinator sees waiting times, no content", "nada", access.BoardReferral, ref(), yes},
		{"", "nada", access.ReadReferral, ref(), no},
		{"", "nada", access.ReadCase, mine, hidden},
		{"", "nada", access.ReadCase, elsewhere(mine, access.Office, "coordinator"), hidden},
		{"", "nada", access.ListFact, access.Resource{Realm: access.Office}, no},
		{"she writes to other coordinators", "nada", access.WriteMessage, access.Resource{Realm: access.Office, Desk: "coordinator"}, yes},
		{"the secretariat counts", "sena", access.BoardReferral, ref(), yes},
		{"", "sena", access.ReadReferral, ref(), hidden},
		{"the administrator opens no case", "admir", access.ReadCase, mine, hidden},
		{"", "admir", access.OpenReferral, ref(), hidden},
		{"", "admir", access.EmergencyOpenCase, caseOf("filip", access.OnDuty), hidden},
		{"the auditor reads logs, not contents", "aleks", access.ReadAudit, access.Resource{}, yes},
		{"", "aleks", access.DiscloseAudit, access.Resource{}, no},
		{"", "aleks", access.ReadCase, mine, hidden},
		{"", "aleks", access.WritePublication, access.Resource{}, no},
		{"the prosecution keeps files of its own", "petar", access.OpenCase, police, yes},
		{"", "petar", access.ReadCase, police, yes},
		{"and writes there whether she cooperates", "petar", access.CooperateCase, police, yes},
		{"nowhere else", "petar", access.CooperateCase, releasedTo(mine, "occpo"), no},
		{"not in the file of another desk", "pero", access.CooperateCase, police, hidden},
		{"", "ana", access.CooperateCase, mine, no},
		{"", "ana", access.CooperateCase, police, hidden},
		{"nor does it help her there", "petar", access.AssessCase, police, no},
		{"who helps her screens, at its desk", "ana", access.ScreenCase, mine, yes},
		{"", "filip", access.ScreenCase, mine, yes},
		{"", "goran", access.ScreenCase, mine, hidden},
		{"and the prosecution does not", "petar", access.ScreenCase, police, no},
		{"", "petar", access.ScreenCase, releasedTo(mine, "occpo"), no},
		{"the carers of her desk fill in forms", "ana", access.FillCase, mine, yes},
		{"", "filip", access.FillCase, mine, yes},
		{"nobody of another desk does", "goran", access.FillCase, mine, hidden},
		{"nor the prosecution", "petar", access.FillCase, police, no},
		{"", "petar", access.FillCase, releasedTo(mine, "occpo"), no},
		{"the police liaison sees what was released to her desk", "pero", access.ReadRelease, releasedTo(of("release", mine), "police"), yes},
		{"", "pero", access.ReadRelease, of("release", mine), hidden},
		{"", "pero", access.ReadCase, mine, hidden},
		{"", "pero", access.OpenCase, elsewhere(caseOf("pero"), access.Prosecution, "police"), yes},
		{"the identification authority decides at its desk", "iva", access.DecideCase, mine, yes},
		{"", "iva", access.EraseCase, mine, no},
		{"not elsewhere", "iva", access.DecideCase, elsewhere(mine, access.Assistance, "legal-aid"), hidden},
		{"the guardian of a child reads and writes, and decides nothing", "tanja", access.ReadCase, mine, yes},
		{"", "tanja", access.GiveConsent, of("consent", mine), yes},
		{"", "tanja", access.DecideCase, mine, no},
		{"", "tanja", access.CloseCase, mine, no},
		{"", "tanja", access.ReadCase, elsewhere(mine, access.Assistance, "legal-aid"), hidden},
		{"the focal point answers referrals at her desk", "fana", access.AcceptReferral, ref(), yes},
		{"", "fana", access.EraseCase, mine, yes},
		{"", "fana", access.ReadReferral, of("referral", elsewhere(mine, access.Assistance, "legal-aid")), hidden},
		{"the statistician sees facts only", "stela", access.ListFact, access.Resource{}, yes},
		{"", "stela", access.BoardReferral, ref(), no},
		{"", "stela", access.ReadPerson, of("person", mine), hidden},
		{"sealed reasons open at the data-protection desk", "dora", access.DiscloseAudit, access.Resource{}, yes},
		{"", "dora", access.ReadCase, mine, hidden},

		{"break-glass: on duty at the emergency desk", "hana", access.EmergencyOpenCase, caseOf("filip", access.OnDuty), yes},
		{"not off duty", "hana", access.EmergencyOpenCase, mine, hidden},
		{"not elsewhere", "besa", access.EmergencyOpenCase, caseOf("filip", access.OnDuty), hidden},
		{"reading needs the opening in force", "hana", access.ReadCase, caseOf("filip", access.OnDuty), no},
		{"", "hana", access.ReadCase, glassed, yes},
		{"", "hana", access.ReadPerson, of("person", glassed), yes},
		{"and nothing but reading", "hana", access.NoteCase, glassed, no},
		{"", "hana", access.CorrectPerson, of("person", glassed), no},
		{"never prosecution", "hana", access.EmergencyOpenCase, elsewhere(caseOf("petar", access.OnDuty), access.Prosecution, "occpo"), hidden},
		{"never legal hold", "hana", access.EmergencyOpenCase, caseOf("filip", access.OnDuty, access.LegalHold), no},
		{"", "hana", access.ReadCase, caseOf("filip", access.OnDuty, access.UnderGlass, access.LegalHold), no},
		{"legal hold is not for work", "ana", access.ReadCase, caseOf("filip", access.LegalHold), yes},
		{"", "ana", access.NoteCase, caseOf("filip", access.LegalHold), no},
		{"", "ana", access.SendReferral, ref(access.LegalHold), no},

		{"nor is it erased", "ana", access.EraseCase, caseOf("filip", access.LegalHold), no},
		{"", "node", access.EraseCase, caseOf("filip", access.LegalHold), no},

		{"asylum blocks the way to the origin", "ana", access.SendReferral, ref(access.AsylumApplicant, access.ToOrigin), no},
		{"", "ana", access.SupplyReferral, ref(access.AsylumApplicant, access.ToOrigin), no},
		{"", "node", access.ReleaseReferral, ref(access.AsylumApplicant, access.ToOrigin), no},
		{"and no other way", "ana", access.SendReferral, ref(access.AsylumApplicant), yes},

		{"who proposes does not approve", "ana", access.ApproveRelease, of("release", madeBy(mine, "ana")), no},
		{"", "vera", access.ApproveRelease, of("release", madeBy(mine, "ana")), yes},
		{"nor does anybody approve what nobody proposed", "vera", access.ApproveRelease, of("release", mine), no},
		{"", "ana", access.ApproveOverride, of("override", madeBy(mine, "ana")), no},
		{"", "vera", access.ApproveOverride, of("override", madeBy(mine, "ana")), yes},
		{"", "dora", access.ReviewOverride, of("override", madeBy(mine, "ana")), yes},
		{"her desk tells her, not an office", "ana", access.InformOverride, of("override", madeBy(mine, "ana")), yes},
		{"", "dora", access.InformOverride, of("override", madeBy(mine, "ana")), no},
		{"", "besa", access.InformOverride, of("override", madeBy(mine, "ana")), hidden},
		{"the administrator proposes members and lets nobody in", "admir", access.ProposeMemberDesk, desk, yes},
		{"", "admir", access.GrantMemberDesk, madeBy(desk, "admir"), no},
		{"", "admir", access.GrantMemberDesk, madeBy(desk, "someone"), no},
		{"a member of the desk does", "ana", access.GrantMemberDesk, madeBy(desk, "admir"), yes},
		{"a member of another desk does not", "besa", access.GrantMemberDesk, madeBy(desk, "admir"), no},
		{"nobody gives herself a role", "admir", access.AssignUser, access.Resource{Owner: "admir"}, no},
		{"", "admir", access.AssignUser, access.Resource{Owner: "ana"}, yes},

		{"unattended, the node blocks, releases and destroys", "node", access.FreezeConsent, of("consent", mine), yes},
		{"", "node", access.ReleaseReferral, ref(), yes},
		{"", "node", access.EscalateReferral, ref(), yes},
		{"", "node", access.EraseCase, mine, yes},
		{"and opens nothing", "node", access.ReadCase, mine, no},
		{"", "node", access.OpenReferral, ref(), no},
		{"", "node", access.ReadMessage, of("message", mine), no},
		{"", "node", access.AcceptReferral, ref(), no},
		{"", "node", access.RestoreBackup, access.Resource{}, no},
		{"", "console", access.RestoreBackup, access.Resource{}, yes},
		{"", "console", access.ReadCase, mine, hidden},
		{"after a restore the coordinator reopens the door", "nada", access.ReopenExchange, access.Resource{Realm: access.Office}, yes},
		{"", "admir", access.ReopenExchange, access.Resource{Realm: access.Office}, no},
		{"another node collects its own", "peer", access.PullExchange, access.Resource{Member: "MD"}, yes},
		{"", "peer", access.PullExchange, access.Resource{Member: "RS"}, no},
		{"", "peer", access.ReadReferral, ref(), hidden},

		{"she withdraws her own consent", "she", access.WithdrawSelf, access.Resource{Owner: "capsule-1"}, yes},
		{"", "she", access.WithdrawConsent, of("consent", caseOf("capsule-1")), yes},
		{"and nobody else's", "she", access.WithdrawSelf, access.Resource{Owner: "capsule-2"}, no},
		{"", "she", access.WithdrawConsent, of("consent", caseOf("capsule-2")), hidden},
		{"a program writes to its intake", "import", access.WriteIntake, access.Resource{Desk: "shelter"}, yes},
		{"", "import", access.WriteIntake, access.Resource{Desk: "legal-aid"}, no},
		{"and reads only when granted", "import", access.ReadCase, mine, hidden},
		{"", "import", access.ReadCase, caseOf("filip", access.GrantedReader), yes},
		{"a one-time link answers for its desk", "link", access.AnswerReply, access.Resource{Desk: "parish"}, yes},
		{"", "link", access.AnswerReply, access.Resource{Desk: "shelter"}, no},
		{"", "link", access.AcceptReferral, elsewhere(ref(), access.Assistance, "parish"), yes},
		{"", "link", access.AcceptReferral, ref(), hidden},
		{"the person in the wrong chair", "ana", access.ConfirmProfile, access.Resource{}, no},
		{"", "admir", access.ConfirmProfile, access.Resource{}, yes},
	} {
		who, ok := cast[c.who]
		if !ok {
			t.Fatalf("nobody is called %s", c.who)
		}
		err := access.Check(who, c.action, c.on)
		got := yes
		switch {
		case fault.Is(err, fault.Hidden):
			got = hidden
		case fault.Is(err, fault.Denied):
			got = no
		case err != nil:
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s wants to %s: %q, want %q (%v)", c.rule, c.who, c.action, got, c.want, err)
		}
	}
}

// TestProsecutorSeesOnlyWhatWasReleased asks for every action on records of the assistance realm: without a release a
// prosecutor may nothing and learns nothing; with it she may know and see, and change nothing.
func TestProsecutorSeesOnlyWhatWasReleased(t *testing.T) {
	open := map[access.Action]bool{}
	for _, a := range access.Actions() {
		if !slices.Contains(access.Actions(), access.Action(a.Noun()+".know")) {
			continue
		}
		on := of(a.Noun(), madeBy(caseOf("filip"), "ana"))
		err := access.Check(cast["petar"], a, on)
		if record := a.Kind() == access.Sees || a.Kind() == access.Changes; err == nil || record && !fault.Is(err, fault.Hidden) {
			t.Errorf("%s, not released: %v", a, err)
		}
		if access.Check(cast["petar"], a, releasedTo(on, "occpo")) == nil {
			open[a] = true
		}
	}
	want := map[access.Action]bool{
		access.KnowCase: true, access.ReadCase: true, access.KnowPerson: true, access.ReadPerson: true,
		access.KnowConsent: true, access.ReadConsent: true, access.KnowReferral: true, access.ReadReferral: true,
		access.KnowRelease: true, access.ReadRelease: true, access.KnowConference: true, access.ReadConference: true,
	}
	if diff := cmp.Diff(want, open); diff != "" {
		t.Errorf("what a release opens:\n%s", diff)
	}
}

// TestAsylumFlagBlocksTransmissionToOrigin: whoever asks, in either realm and unattended too.
func TestAsylumFlagBlocksTransmissionToOrigin(t *testing.T) {
	for _, l := range access.Matrix() {
		away := slices.Contains([]access.Action{access.CheckReferral, access.SendReferral, access.SupplyReferral, access.ReleaseReferral}, l.Action)
		if away && l.Relation == "own desk, asylum, to origin" && l.Decision.Allow {
			t.Errorf("%s may %s", l.Role, l.Action)
		}
	}
}

func TestQuestionsThatMakeNoSense(t *testing.T) {
	ana, c := cast["ana"], caseOf("filip")
	for name, err := range map[string]error{
		"unknown action": access.Check(ana, "case.sell", c),
		"other noun":     access.Check(ana, access.ReadPerson, c),
		"unknown role":   access.Check(access.Actor{User: "x", Role: "king"}, access.ReadCase, c),
		"unknown flag":   access.Check(ana, access.ReadCase, caseOf("filip", "legalhold")),
	} {
		if !fault.Is(err, fault.Internal) || err == nil {
			t.Errorf("%s: %v, want internal", name, err)
		}
	}
	if d := access.Decide(ana, "case.sell", c); d.Allow || !d.Hidden {
		t.Errorf("an unknown action is decided as %v", d)
	}
	if err := access.Ready(); err != nil {
		t.Error(err)
	}
}

// TestEmptyNeverEqualsEmpty: an actor without a desk or name is not at home in a record without one.
func TestEmptyNeverEqualsEmpty(t *testing.T) {
	blank := access.Resource{ID: "c1", Realm: access.Assistance, Released: []id.Desk{""}}
	for _, role := range access.Roles() {
		who := access.Actor{Role: role, Realm: access.RealmOf(role)}
		for _, a := range access.Actions() {
			if a.OpensContent() && access.Decide(who, a, blank).Allow {
				t.Errorf("%s without desk and name may %s", role, a)
			}
		}
	}
}

// TestReasons: refusals say all their reasons, not the first one only.
func TestReasons(t *testing.T) {
	d := access.Decide(cast["hana"], access.NoteCase, caseOf("x", access.OnDuty, access.UnderGlass, access.LegalHold))
	var names []string
	for _, r := range d.Reasons {
		if !r.Forbids || r.Why == "" {
			t.Errorf("%+v", r)
		}
		names = append(names, r.Policy)
	}
	if want := []string{"everywhere.glass-is-read-only", "wall.legal-hold-is-not-for-work"}; !slices.Equal(names, want) {
		t.Errorf("refused because of %v, want %v", names, want)
	}
	if d := access.Decide(cast["ana"], access.ReadCase, caseOf("x")); !d.Allow || len(d.Reasons) != 1 || d.Reasons[0].Policy != "case.worked-at-its-desk" {
		t.Errorf("allowed because of %v", d)
	}
}

func TestCombine(t *testing.T) {
	for _, c := range []struct {
		roles []access.Role
		want  string
	}{
		{nil, ""},
		{[]access.Role{access.CaseManager, access.FirstResponder, access.FocalPoint, access.CaseManager}, ""},
		{[]access.Role{access.NationalCoordinator, access.FocalPoint}, ""},
		{[]access.Role{access.Administrator, access.DataProtectionOfficer}, ""},
		{[]access.Role{access.Auditor, access.Auditor}, ""},
		{[]access.Role{access.Administrator, access.CaseManager}, "access.combine.administrator"},
		{[]access.Role{access.FirstResponder, access.Administrator}, "access.combine.administrator"},
		{[]access.Role{access.Prosecutor, access.Administrator}, "access.combine.administrator"},
		{[]access.Role{access.Auditor, access.Statistician}, "access.combine.auditor"},
		{[]access.Role{access.Administrator, access.Auditor}, "access.combine.auditor"},
		{[]access.Role{access.CaseManager, access.Prosecutor}, "access.combine.realms"},
		{[]access.Role{access.PoliceLiaison, access.ChildGuardian}, "access.combine.realms"},
		{[]access.Role{access.TheNode}, "access.combine.machine"},
		{[]access.Role{access.CaseManager, "king"}, "access.combine.machine"},
	} {
		err := access.Combine(c.roles)
		key := ""
		if err != nil {
			_, key, _ = fault.Public(err)
		}
		if key != c.want || err != nil && !fault.Is(err, fault.Denied) {
			t.Errorf("%v: %v, want %q", c.roles, err, c.want)
		}
	}
}

// drawn is any actor and any record of a small world, so that they meet often.
func drawn(t *rapid.T) (access.Actor, access.Resource) {
	desks := []id.Desk{"", "a", "b"}
	users := []id.User{"", "u", "v"}
	realms := []access.Realm{access.Assistance, access.Prosecution, access.Office}
	who := access.Actor{
		User: rapid.SampledFrom(users).Draw(t, "user"), Role: rapid.SampledFrom(access.Roles()).Draw(t, "role"),
		Desk: rapid.SampledFrom(desks).Draw(t, "desk"), Realm: rapid.SampledFrom(realms).Draw(t, "realm"), Member: "MK",
	}
	on := access.Resource{
		ID: "r", Realm: rapid.SampledFrom(realms).Draw(t, "its realm"), Desk: rapid.SampledFrom(desks).Draw(t, "its desk"),
		Released: rapid.SliceOfN(rapid.SampledFrom(desks), 0, 2).Draw(t, "released"), Owner: rapid.SampledFrom(users).Draw(t, "owner"),
		Maker: rapid.SampledFrom(users).Draw(t, "maker"), Emergency: rapid.SampledFrom(desks).Draw(t, "emergency"), Member: "MD",
		Flags: rapid.SliceOfNDistinct(rapid.SampledFrom(access.Flags()), 0, 4, rapid.ID).Draw(t, "flags"),
	}
	return who, on
}

// TestLawsOfAccess draws actors, records and circumstances and holds every answer against the laws that no policy
// may ever break, written a second time in Go.
func TestLawsOfAccess(t *testing.T) {
	office := []access.Role{access.NationalCoordinator, access.Secretariat, access.Statistician, access.DataProtectionOfficer, access.Auditor, access.Administrator}
	machine := []access.Role{access.TheNode, access.APeer, access.Operator}
	second := []access.Action{access.ApproveRelease, access.ApproveOverride, access.ReviewOverride, access.GrantMemberDesk, access.ApproveReaderToken, access.ConfirmRetention}
	away := []access.Action{access.SendReferral, access.CheckReferral, access.SupplyReferral, access.ReleaseReferral}
	secret := map[string]bool{}
	for _, a := range access.Actions() {
		secret[a.Noun()] = secret[a.Noun()] || a.Verb() == "know"
	}
	rapid.Check(t, func(t *rapid.T) {
		who, on := drawn(t)
		a := rapid.SampledFrom(access.Actions()).Draw(t, "action")
		d := access.Decide(who, a, on)
		if !d.Allow {
			return
		}
		has := func(f access.Flag) bool { return slices.Contains(on.Flags, f) }
		released := who.Desk != "" && slices.Contains(on.Released, who.Desk)
		walls := []access.Realm{access.Assistance, access.Prosecution}
		for law, broken := range map[string]bool{
			"the office opens no case":        a.OpensContent() && slices.Contains(office, who.Role),
			"machines open nothing":           a.OpensContent() && slices.Contains(machine, who.Role),
			"the wall":                        secret[a.Noun()] && slices.Contains(walls, who.Realm) && slices.Contains(walls, on.Realm) && who.Realm != on.Realm && !(released && a.Kind() == access.Sees),
			"a role works in its realm":       access.RealmOf(who.Role) != "" && access.RealmOf(who.Role) != who.Realm,
			"break-glass is read-only":        has(access.UnderGlass) && (a.Kind() == access.Changes || a.Kind() == access.Makes),
			"break-glass and legal hold":      a == access.EmergencyOpenCase && (has(access.LegalHold) && who.Desk != on.Desk || on.Realm == access.Prosecution || !has(access.OnDuty)),
			"asylum and country of origin":    slices.Contains(away, a) && has(access.AsylumApplicant) && has(access.ToOrigin),
			"maker and approver":              slices.Contains(second, a) && (on.Maker == "" || on.Maker == who.User),
			"facts are for statisticians":     a == access.ListFact && who.Role != access.Statistician && who.Role != access.TheNode,
			"content needs a desk or oneself": a.OpensContent() && who.Desk == "" && who.User == "",
			"an answer has a reason":          len(d.Reasons) == 0,
			"allowed is not hidden":           d.Hidden,
		} {
			if broken {
				t.Fatalf("%s: %s by %+v on %+v: %v", law, a, who, on, d)
			}
		}
	})
}

// TestScopeIsExactlyWhatCheckAllows: a list narrowed by a scope shows what Check allows, and nothing else. Flags
// are of the moment and not of a list.
func TestScopeIsExactlyWhatCheckAllows(t *testing.T) {
	var lists []access.Action
	for _, a := range access.Actions() {
		if a.Kind() == access.Lists || a.Verb() == "know" {
			lists = append(lists, a)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		who, on := drawn(t)
		on.Flags, on.Emergency = nil, ""
		a := rapid.SampledFrom(lists).Draw(t, "action")
		scope := access.ScopeOf(who, a)
		if got, want := scope.Holds(on), access.Decide(who, a, on).Allow; got != want {
			t.Fatalf("%s by %+v: scope %+v holds %+v: %v, but check says %v", a, who, scope, on, got, want)
		}
	})
}

func TestScopes(t *testing.T) {
	for _, c := range []struct {
		who    string
		action access.Action
		want   access.Scope
	}{
		{"ana", access.ListReferral, access.Scope{{Realm: access.Assistance, Desk: "shelter"}, {Realm: access.Assistance, Released: "shelter"}, {Realm: access.Office, Desk: "shelter"}, {Realm: access.Office, Released: "shelter"}}},
		{"filip", access.ListCase, access.Scope{{Realm: access.Assistance, Desk: "shelter", Owner: "filip"}, {Realm: access.Office, Desk: "shelter", Owner: "filip"}}},
		{"nada", access.BoardReferral, access.Scope{{Realm: access.Assistance}, {Realm: access.Prosecution}, {Realm: access.Office}}},
		{"admir", access.ListCase, nil},
		{"ana", "case.sell", nil},
	} {
		if diff := cmp.Diff(c.want, access.ScopeOf(cast[c.who], c.action)); diff != "" {
			t.Errorf("%s, %s:\n%s", c.who, c.action, diff)
		}
	}
	if !access.ScopeOf(cast["nada"], access.BoardReferral).Whole(access.Assistance) || access.ScopeOf(cast["ana"], access.ListReferral).Whole(access.Assistance) {
		t.Error("the coordinator counts the whole realm, the desk does not")
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, c := range map[string]struct {
		who access.Actor
		on  access.Resource
	}{
		"allowed": {cast["ana"], caseOf("filip")},
		"hidden":  {cast["besa"], caseOf("filip")},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = access.Check(c.who, access.ReadCase, c.on)
			}
		})
	}
}

func BenchmarkScopeOf(b *testing.B) {
	for b.Loop() {
		access.ScopeOf(cast["ana"], access.ListReferral)
	}
}
