package node

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/issuer"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/passkey"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/wording"
)

// wire makes every service of the node. What depends on what can be read from top to bottom.
func (n *Node) wire(ctx context.Context) (err error) {
	if n.Texts, err = lang.Load(); err != nil {
		return err
	}
	var found []lang.Finding
	if n.Texts, found = n.Texts.Add(n.Config.Texts); len(found) > 0 {
		return lang.Refused(n.Texts.Printer(lang.English), found)
	}
	if err := n.wirePeople(ctx); err != nil {
		return err
	}
	n.wireExchange()
	if err := n.wireCases(); err != nil {
		return err
	}
	n.wireReferrals()
	n.wireCareplans()
	n.wireChildhoods()
	n.wireRelations()
	n.wireTransfers()
	n.wireDuplicates()
	n.wireHomecomings()
	n.wireCooperations()
	n.wireLookups()
	n.wireCounts()
	n.wireRegions()
	n.wireConferences()
	n.wireRetention()
	n.wireOwnViews()
	n.wireDrafts()
	n.wireDevices()
	if err := n.wireHTCDS(); err != nil {
		return err
	}
	if err := n.wireWebhooks(); err != nil {
		return err
	}
	if err := n.wireWork(); err != nil {
		return err
	}
	n.wireFaces()
	return n.wirePages()
}

// wirePeople makes what concerns people and desks here: law, accounts, keys, tasks, notices.
func (n *Node) wirePeople(ctx context.Context) error {
	db, now := n.DB, n.Config.Now
	shipped, err := profile.Load()
	if err != nil {
		return err
	}
	if n.Config.Demo {
		shipped = profile.Fictitious(shipped, "demo", profile.Date(now().UTC().Format(time.DateOnly)))
	}
	n.Wordings = &wording.Service{Write: store.Writer[wording.Tx](db), Read: store.Reader[wording.Tx](db), Now: now, Texts: n.Texts}
	n.Profile = &profile.Service{Write: store.Writer[profile.Tx](db), Read: store.Reader[profile.Tx](db), Now: now, Member: n.Member, Shipped: shipped}
	if err := n.reread(ctx); err != nil {
		return err
	}
	n.NodeKeys = &keyring.NodeService{
		Write: store.Writer[keyring.NodeTx](db), Read: store.Reader[keyring.NodeTx](db), Now: now, Member: n.Member, Secret: n.secret,
	}
	n.Keyring = &keyring.Service{
		Write: store.Writer[keyring.Tx](db), Read: store.Reader[keyring.Tx](db), Now: now, IDs: n.IDs, Rand: n.Rand, Node: n.Member,
		Secret: n.secret, Tell: n.tellOfficer, Doubt: func(ctx context.Context, at id.Desk, user id.User) {
			n.alarm(ctx, "keyring.grant.unsigned", map[string]string{"desk": string(at), "user": string(user)})
		},
	}
	former, err := n.formerPeppers(ctx)
	if err != nil {
		return err
	}
	n.Signin = &signin.Service{
		Write: store.Writer[signin.Tx](db), Read: store.Reader[signin.Tx](db), Touch: store.Ephemeral[signin.TouchTx](db), Now: now, IDs: n.IDs,
		Rand: n.Rand, Member: n.Member, Pepper: n.secret.Pepper(), Former: former, Stretch: n.Config.Stretch,
		Site:  func() (passkey.Site, bool) { return passkey.SiteOf(n.Notices.Address) },
		Law:   func() []access.Role { return n.Law().SecondSteps(n.Member) },
		Marks: func(ctx context.Context, tx signin.Tx) (keyring.Marks, error) { return n.Keyring.MarksIn(ctx, tx) },
		Keys:  n.Keyring, ProgramOver: n.programFull,
		ProgramWaits: n.programWaits, ProgramSettled: n.programOver, OfficeWaits: n.officeWaits,
	}
	n.Signin.Home = func() string { return n.Notices.Address }
	if len(n.Config.Issuers) > 0 {
		if n.Signin.Issuers, err = issuer.New(n.Config.Issuers, n.Config.Demo, now); err != nil {
			return err
		}
	}
	n.Desks = &desk.Service{Write: store.Writer[desk.Tx](db), Read: store.Reader[desk.Tx](db), Now: now}
	n.Facts = &stats.Service{Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db), Now: now, IDs: n.IDs, Codes: n.unnamed, Least: n.least}
	n.Members = &member.Service{
		Self: n.Member, Write: store.Writer[member.Tx](db), Read: store.Reader[member.Tx](db), Now: now, Alarm: n.alarm, Room: n.room,
	}
	n.Audit = &audit.Service{
		Member: n.Member, Write: store.Writer[audit.Reader](db), Read: store.Reader[audit.Reader](db), Roster: n.LogKeys, Now: now,
	}
	n.Notices = &notify.Service{
		Write: store.Writer[notify.Tx](db), Read: store.Reader[notify.Tx](db), Now: now, IDs: n.IDs, Member: n.Member,
		Texts: n.Texts, Address: n.Config.Address, Senders: n.Config.Senders, Silent: n.silent,
	}
	n.Tasks = &task.Service{
		Write: store.Writer[task.Tx](db), Read: store.Reader[task.Tx](db), Now: now, IDs: n.IDs, Member: n.Member,
		Tell: n.tell, End: n.end, Abroad: n.abroad,
	}
	return nil
}

// wireExchange makes the door and what passes it.
func (n *Node) wireExchange() {
	db, now := n.DB, n.Config.Now
	n.Caller = &peer.Client{Certificate: n.certificate, Dial: n.Config.Dial}
	n.Exchange = &exchange.Service{
		Self: n.Member,
		Keys: func() exchange.Keys {
			k := n.Keys()
			return exchange.Keys{Envelope: k.Envelope, Control: k.Controls()}
		},
		Update: store.Recorder[exchange.Tx](db), Lease: store.Ephemeral[exchange.LeaseTx](db), Read: store.Reader[exchange.Tx](db),
		Glance: store.Glance[exchange.Tx](db), Now: now, Rand: n.Rand, Permit: n.permit, IntakeDesk: intakeDesk, Alarm: n.alarm, Carrier: n.Caller, Reach: n.Caller.Reach, Parallel: deliverParallel,
		MailRows: n.Config.MailboxRows, MailBytes: n.Config.MailboxBytes,
	}
	n.Witness = &job.Witnessing{
		Self: n.Member, Exchange: n.Exchange, Update: store.Recorder[job.Tx](db), Read: store.Reader[job.Tx](db),
		Keys: n.Keys, Now: now, Rand: n.Rand, Alarm: n.alarm, Warn: n.warnAlone, Forked: n.forked,
	}
	n.Witness.Handle()
	n.Messages = &message.Service{
		Write: store.Writer[message.Tx](db), Read: store.Reader[message.Tx](db), Now: now, IDs: n.IDs, Member: n.Member,
		Keys: n.Keyring, Exchange: n.Exchange, Tasks: n.Tasks, KeysKept: keysKept,
	}
	n.Exchange.Handle(envelope.Message, n.unlessErased(n.Messages))
	n.Exchange.Moved, n.Exchange.Lost, n.Exchange.Late, n.Exchange.Issuer = n.moved, n.lost, n.late, n.issuer
}

// deliverParallel is how many threads of the outbox are carried at once: enough to share commits, few enough for a
// bad line.
const deliverParallel = 12

// keysKept is how long the archive of keys is kept (spec/backup.md 1).
const keysKept = 35 * 24 * time.Hour

// moved tells the noun whose envelope it was how far it has come.
func (n *Node) moved(ctx context.Context, tx exchange.Tx, m exchange.Moved) error {
	switch m.Out.Kind {
	case envelope.Message:
		return n.Messages.MovedIn(ctx, tx, m)
	case envelope.Joint:
		return n.Joints.MovedIn(ctx, tx, m)
	case envelope.Cooperation:
		return n.Cooperations.MovedIn(ctx, tx, m)
	case envelope.Docket:
		return n.Dockets.MovedIn(ctx, tx, m)
	case envelope.Identity:
		if err := n.accounted(ctx, tx, m); err != nil {
			return err
		}
		return n.Referrals.MovedIn(ctx, tx, m)
	case envelope.Referral:
		return n.Referrals.MovedIn(ctx, tx, m)
	}
	return nil
}

// lost takes back what this node had sent and lost by a restore. What cannot be taken back is for a person to look at.
func (n *Node) lost(ctx context.Context, tx exchange.Tx, o exchange.Out, c envelope.Control) error {
	switch c.Kind {
	case envelope.Referral, envelope.Identity:
		known, err := n.Referrals.LostIn(ctx, tx, o.To, c)
		if err != nil || known {
			return err
		}
	case envelope.Withdrawal:
		known, err := n.withdrawAgain(ctx, tx, c)
		if err != nil || known {
			return err
		}
	case envelope.WithdrawalAnswer:
		return nil // the erasure itself is repeated by the list of erasures
	}
	n.alarm(ctx, "exchange.restore.lost", map[string]string{"envelope": string(o.ID)})
	return nil
}

// wireWork makes the list of unattended work.
func (n *Node) wireWork() error {
	holder, err := n.holder()
	if err != nil {
		return err
	}
	work := job.Work{
		Exchange: n.Exchange, Notices: n.Notices, Tasks: n.Tasks, Signin: n.Signin, Witness: n.Witness,
		Settle: n.settle, Intake: n.sweepIntake, Answers: n.sweepAnswers,
		More: append(append(append(append(n.caseJobs(), n.referralJobs()...), n.webhookJobs()...), n.lookupJobs()...), n.watchJob(), n.lookupJob(), n.countJob(), job.Job{
			Name: "log", Every: time.Hour, Limit: 30 * time.Minute, Do: func(ctx context.Context) (int, error) { return 0, n.Audit.Daily(ctx) },
		}, job.Job{
			Name: "examine", Every: 30 * time.Minute, Do: n.examined, Everywhere: true,
		}, job.Job{
			Name: "law", Every: 10 * time.Second, Do: func(ctx context.Context) (int, error) { return 0, n.reread(ctx) }, Everywhere: true,
		}),
	}
	n.Work = &job.Runner{
		Jobs: work.Jobs(), Holder: holder, Lease: store.Ephemeral[job.LeaseTx](n.DB), Now: n.Config.Now, Rand: n.Rand, Log: n.Log,
	}
	return nil
}

// wireFaces makes what others speak to.
func (n *Node) wireFaces() {
	n.Peer = &peer.Server{
		Self: n.Member, Exchange: n.Exchange, Pins: &peer.Pins{Read: store.Reader[peer.Tx](n.DB)},
		Certificate: n.certificate, Log: n.Log, Limits: n.Config.Limits,
	}
	n.API = &api.API{
		Site:         call.Site{Signin: n.Signin, Answers: answers{n}, Texts: n.Texts, Log: n.Log, IDs: n.IDs},
		Desks:        n.Desks,
		Keyring:      n.Keyring,
		NodeKeys:     n.NodeKeys,
		Members:      n.Members,
		Exchange:     n.Exchange,
		Notices:      n.Notices,
		Profile:      n.Profile,
		Wordings:     n.Wordings,
		Audit:        n.Audit,
		Cases:        n.Cases,
		Searches:     n.Searches,
		Conferences:  n.Conferences,
		Cooperations: n.Cooperations,
		Dockets:      n.Dockets,
		Homecomings:  n.Homecomings,
		Joints:       n.Joints,
		Careplans:    n.Careplans,
		Childhoods:   n.Childhoods,
		Relations:    n.Relations,
		Transfers:    n.Transfers,
		Duplicates:   n.Duplicates,
		Subjects:     n.Subjects,
		OwnViews:     n.OwnViews,
		Devices:      n.Devices,
		HTCDS:        n.HTCDS,
		Screenings:   n.Screenings,
		Forms:        n.Forms,
		Directory:    n.Directory,
		Retention:    n.Retention,
		Restrictions: n.Restrictions,
		Webhooks:     n.Webhooks,
		Lookups:      n.Lookups,
		Counts:       n.Counts,
		Regions:      n.Regions,
		Persons:      n.Persons,
		Consents:     n.Consents,
		Tasks:        n.Tasks,
		Messages:     n.Messages,
		Publications: n.Publications,
		Referrals:    n.Referrals,
		Facts:        n.Facts,
		Intake:       n.Intake,
		Sheet:        n.Sheet,
		Now:          n.Config.Now,
		Address:      n.Config.Address,
	}
}

// others returns how many other active members the network has, 0 while that is unknown.
func (n *Node) others() int {
	count := 0
	_ = store.Reader[member.Tx](n.DB)(context.Background(), func(tx member.Tx) error {
		held, err := member.InForce(context.Background(), tx)
		if err == nil {
			count = held.Signed.Roster.Others(n.Member)
		}
		return err
	}) // of no network, or no storage: nobody
	return count
}

func (n *Node) certificate() (tls.Certificate, error) { return n.keys.Load().certificate, nil }

// reread takes over what was confirmed of the law.
func (n *Node) reread(ctx context.Context) error {
	set, _, err := n.Profile.Current(ctx)
	if err == nil {
		n.law.Store(&set)
	}
	return err
}

// Law returns the profiles as they stand here now.
func (n *Node) Law() profile.Set { return *n.law.Load() }

// permit asks the rule rows of the profile. A sector that a desk of the realm cannot be of opens nothing: the wall between
// the realms stands whatever a sheet says.
func (n *Node) permit(c exchange.Crossing) (string, error) {
	kind := "referral"
	switch c.Kind {
	case envelope.Message:
		kind = "message"
	case envelope.Cooperation, envelope.Docket:
		kind = "cooperation"
	}
	if !desk.Fits(c.FromRealm, c.FromSector) || !desk.Fits(c.ToRealm, c.ToSector) {
		return "", fault.New(fault.Denied, "desk.sector-realm").With("field", "sector")
	}
	t, _ := envelope.TraitsOf(c.Kind)
	row, err := profile.Rule(n.Law(), profile.Transfer{
		From: c.From.Member, FromSector: c.FromSector, To: c.To.Member, ToSector: c.ToSector, Kind: kind, Basis: c.Basis,
		Unasked: t.Personal && c.Consent == "",
	})
	return row.Key, err
}

// intakeDesk finds the desk of an intake key whose private half is still there.
func intakeDesk(ctx context.Context, narrow exchange.Tx, key id.Key) (id.Desk, error) {
	tx, ok := narrow.(keyring.Tx)
	if !ok {
		return "", fault.New(fault.Internal, "node.wiring")
	}
	all, err := tx.PairsWith(ctx, key)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if p.Use == keyring.Intake && len(p.Private) > 0 {
			return p.Desk, nil
		}
	}
	return "", fault.New(fault.NotFound, "exchange.content.key")
}

// LogKeys returns the keys by which the logs of the members are verified, those of past rosters too.
func (n *Node) LogKeys(ctx context.Context) (audit.Roster, error) {
	var rosters []member.Roster
	err := store.Reader[member.Tx](n.DB)(ctx, func(tx member.Tx) error {
		held, err := tx.Rosters(ctx, 1000)
		for _, h := range held {
			if !h.Disputed {
				rosters = append(rosters, h.Signed.Roster)
			}
		}
		return err
	})
	if err != nil || len(rosters) > 0 {
		return member.LogKeys(rosters...), err
	}
	// Of no network yet: the log is its own.
	line, err := n.Line(ctx)
	if err != nil {
		return nil, err
	}
	return member.LogKeys(member.Roster{Members: []member.Member{line}}), nil
}

// tell queues a notice for what package task has to say.
func (n *Node) tell(ctx context.Context, narrow task.Tx, t task.Tell) error {
	tx, ok := narrow.(notify.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	user := t.User
	if t.Desk != t.Task.Desk {
		user = ""
	}
	code := notify.Code(t.What)
	if t.Task.Kind == taskWitness && t.What == task.NewWork {
		code = notify.Witness
	}
	return n.Notices.TellIn(ctx, tx, notify.Notice{
		Desk: t.Desk, User: user, Code: code, Reference: t.Called(), Object: string(t.Task.ID),
		Since: t.Task.Made, Urgent: t.Task.Urgent,
	})
}

// abroad tells the coordinator of the other side, where a task has one.
func (n *Node) abroad(ctx context.Context, tx task.Tx, t task.Task) (bool, error) {
	return n.Referrals.AbroadIn(ctx, tx, t)
}

// tellOfficer queues the notice to a recovery officer that the recovery key was used.
func (n *Node) tellOfficer(ctx context.Context, narrow keyring.Tx, officer id.User) error {
	tx, ok := narrow.(notify.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	return n.Notices.TellIn(ctx, tx, notify.Notice{
		User: officer, Code: notify.KeyMatter, Reference: string(id.NewReference(n.IDs)), Object: "recovery", Urgent: true,
	})
}

// end ends the notices about a task.
func (n *Node) end(ctx context.Context, narrow task.Tx, t id.Task) error {
	tx, ok := narrow.(notify.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	return n.Notices.EndIn(ctx, tx, string(t))
}

// silent lets a task climb at once when nobody could be told of it, and finds another second person of an opening
// under break-glass.
func (n *Node) silent(ctx context.Context, narrow notify.Tx, notice notify.Notice) error {
	tx, ok := narrow.(interface {
		task.Tx
		casefile.Tx
	})
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if notice.Code == notify.Emergency {
		return n.Cases.UnheardIn(ctx, tx, notice)
	}
	return n.Tasks.SilentIn(ctx, tx, id.Task(notice.Object), notice.Desk)
}

// lineOf puts the public halves of keys into a line of a roster.
func lineOf(m id.Member, all []keyring.NodeKey) (member.Member, error) {
	line := member.Member{ID: m, Status: member.Active, Addresses: []string{}, Suites: seal.Suites()}
	for _, k := range all {
		if k.Retired != 0 {
			continue
		}
		if err := list(&line.Keys, k); err != nil {
			return line, err
		}
	}
	return line, nil
}

func list(keys *member.Keys, k keyring.NodeKey) error {
	switch k.Use {
	case keyring.ForTLS:
		pin, err := k.Pin()
		keys.TLS = append(keys.TLS, pin)
		return err
	case keyring.ForControl:
		p, err := seal.ParseKEMPublic(k.Public)
		keys.Control = append(keys.Control, p)
		return err
	}
	p, err := seal.ParseSignPublic(k.Public)
	if err != nil {
		return err
	}
	switch k.Use {
	case keyring.ForEnvelopes:
		keys.Envelope = append(keys.Envelope, p)
	case keyring.ForCheckpoints:
		keys.Checkpoint = append(keys.Checkpoint, p)
	case keyring.ForWitness:
		keys.Cosign = append(keys.Cosign, p)
	}
	return nil
}
