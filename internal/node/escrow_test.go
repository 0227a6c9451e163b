package node_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

const (
	planted = "PLANTED-WORDS she fears her uncle"
	words   = "seven purple teapots sing"
)

// machine is one node with its files: three recovery officers with their papers, a desk, and a case with a note.
type machine struct {
	t       *testing.T
	c       node.Config
	n       *node.Node
	users   map[string]id.User
	papers  map[string]string
	noted   id.Case
	content *os.File
	keys    *os.File
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// light makes passphrases cheap, which only a demonstration may.
func light(random io.Reader) seal.Stretch {
	s := seal.NewStretch(random)
	s.Time, s.MemoryKiB, s.Threads = 1, 64, 1
	return s
}

func newMachine(t *testing.T, source node.SecretSource) *machine {
	t.Helper()
	return newMachineOn(t, source, func(*node.Config) {})
}

func newMachineOn(t *testing.T, source node.SecretSource, configure func(*node.Config)) *machine {
	t.Helper()
	m := &machine{t: t, users: map[string]id.User{}, papers: map[string]string{}}
	m.c = node.Config{Dir: filepath.Join(t.TempDir(), "data"), Member: "MD", Secret: source, Demo: true, Stretch: light}
	configure(&m.c)
	_, err := node.Init(t.Context(), m.c, first)
	m.must(err)
	m.open()
	for login, office := range map[string][]access.Role{
		"oto": {access.Auditor}, "dora": {access.DataProtectionOfficer}, "ilse": {access.NationalCoordinator}, "ana": nil,
	} {
		user, link, err := m.n.Signin.Invite(t.Context(), access.Console("MD"), signin.Invitee{Login: login, Name: login, Office: office, Language: "en", Zone: "UTC", Demo: true})
		m.must(err)
		_, _, err = m.n.Signin.Enrol(t.Context(), link, words)
		m.must(err)
		m.users[login] = user
	}
	m.enrol()
	m.must(m.n.Keyring.Found(t.Context(), access.Console("MD"), keyring.Founding{First: m.users["ana"], Role: access.CaseManager, Desk: desk.Desk{
		ID: "shelter", Organisation: "office", Kind: desk.AtNode, Realm: access.Assistance, Sector: desk.Unsaid(access.Assistance), Function: "desk.function.shelter", Zone: "UTC",
		Languages: []string{"en"}, Competence: []string{}, VerifiedOn: frame.At(time.Now()),
	}}))
	opened, err := m.n.Cases.Open(t.Context(), m.as("ana"), casefile.Opening{})
	m.must(err)
	_, err = m.n.Cases.Note(t.Context(), m.as("ana"), opened.ID, casefile.Note{Language: "en", Text: planted})
	m.must(err)
	m.noted = opened.ID
	return m
}

// enrol makes new shares, of which each officer takes her paper, and drills.
func (m *machine) enrol() {
	m.t.Helper()
	m.must(m.n.Keyring.Enrol(m.t.Context(), access.Console("MD"), []id.User{m.users["oto"], m.users["dora"], m.users["ilse"]}))
	for _, login := range []string{"oto", "dora", "ilse"} {
		p, err := m.n.Keyring.TakePaper(m.t.Context(), m.as(login))
		m.must(err)
		m.papers[login] = strings.Join(p.Lines, "\n")
	}
	m.must(m.n.Keyring.OfferShare(m.t.Context(), m.as("oto"), m.users["dora"]))
	m.must(m.n.Keyring.Drill(m.t.Context(), m.as("dora")))
}

func (m *machine) open() {
	m.t.Helper()
	n, err := node.Open(m.t.Context(), m.c)
	m.must(err)
	m.n = n
	m.t.Cleanup(m.close)
}

func (m *machine) close() {
	if m.n == nil {
		return
	}
	if err := m.n.Close(context.WithoutCancel(m.t.Context())); err != nil {
		m.t.Error(err)
	}
	m.n = nil
}

func (m *machine) as(login string) keyring.Bearer {
	m.t.Helper()
	in, err := m.n.Signin.SignIn(m.t.Context(), login, words, "127.0.0.0")
	m.must(err)
	b, _, err := m.n.Signin.Resume(m.t.Context(), in.Secret)
	m.must(err)
	return b
}

// reads fails the test unless ana signs in and reads what she wrote.
func (m *machine) reads() {
	m.t.Helper()
	f, err := m.n.Cases.Show(m.t.Context(), m.as("ana"), m.noted)
	m.must(err)
	if len(f.Notes) != 1 || f.Notes[0].Value.Text != planted {
		m.t.Fatalf("the case reads %+v", f.Notes)
	}
}

// backup makes both archives in files.
func (m *machine) backup() {
	m.t.Helper()
	for _, f := range []**os.File{&m.content, &m.keys} {
		made, err := os.Create(filepath.Join(m.t.TempDir(), "archive"))
		m.must(err)
		m.t.Cleanup(func() { _ = made.Close() })
		*f = made
	}
	_, err := m.n.Backups.Make(m.t.Context(), access.Console("MD"), m.content, m.keys)
	m.must(err)
}

// lose closes the node and destroys the machine: data directory and secret.
func (m *machine) lose() {
	m.t.Helper()
	m.close()
	m.must(os.RemoveAll(m.c.Dir))
	if m.c.Secret.File != "" {
		m.must(os.Remove(m.c.Secret.File))
	}
}

// again tries to bring the machine back with papers.
func (m *machine) again(papers ...string) error {
	m.t.Helper()
	m.c.Dir = filepath.Join(m.t.TempDir(), "again")
	_, err := node.RestoreWithPapers(m.t.Context(), m.c, backup.From{Content: m.content, Keys: m.keys}, papers)
	return err
}

func inFile(t *testing.T) node.SecretSource {
	return node.SecretSource{File: filepath.Join(t.TempDir(), "node.secret")}
}

// TestALostMachineComesBackWithTwoPapers: the machine burnt, with node.secret on it. What is left are two archives and
// two of three officers. A node stands where it stood, people sign in with their passphrases, and the new epoch of the
// log says whose papers it were.
func TestALostMachineComesBackWithTwoPapers(t *testing.T) {
	prompt := func() (string, error) { return "nine yellow kettles whistle", nil }
	for name, source := range map[string]node.SecretSource{"file": inFile(t), "start passphrase": {Prompt: prompt}} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, source)
			m.backup()
			m.lose()
			m.must(m.again(m.papers["ilse"], m.papers["oto"]))
			if source.File != "" {
				info, err := os.Stat(source.File)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("node.secret: %v, %v", info, err)
				}
			}
			m.open()
			m.reads()
			state, err := m.n.Keyring.RecoveryState(t.Context(), access.Console("MD"))
			m.must(err)
			if state.Used == 0 || state.Escrowed == 0 || len(state.Papers) != 3 {
				t.Errorf("recovery is %+v", state)
			}
			m.told()
			m.named("oto", "ilse")
			// Its own secret is in escrow as before, and new shares end what was seen.
			m.enrol()
			if state, err = m.n.Keyring.RecoveryState(t.Context(), access.Console("MD")); err != nil || state.Used != 0 {
				t.Errorf("after new shares: %+v, %v", state, err)
			}
		})
	}
}

// told fails the test unless every officer has a notice about keys.
func (m *machine) told() {
	m.t.Helper()
	var due []notify.Notice
	m.must(store.Reader[notify.Tx](m.n.DB)(m.t.Context(), func(tx notify.Tx) (err error) {
		due, err = tx.DueNotices(m.t.Context(), frame.At(time.Now().Add(time.Minute)), 100)
		return err
	}))
	for _, login := range []string{"oto", "dora", "ilse"} {
		found := false
		for _, n := range due {
			found = found || n.User == m.users[login] && n.Code == notify.KeyMatter
		}
		if !found {
			m.t.Errorf("%s was not told", login)
		}
	}
}

// named fails the test unless the present epoch of the log names whose papers were used.
func (m *machine) named(logins ...string) {
	m.t.Helper()
	var all []audit.Payload
	m.must(store.Reader[audit.Reader](m.n.DB)(m.t.Context(), func(r audit.Reader) (err error) {
		all, err = r.AuditPayloads(m.t.Context(), audit.At(2, 0), audit.At(3, 0), 500)
		return err
	}))
	for _, login := range logins {
		found := false
		for _, p := range all {
			e, err := audit.ParseEntry(p.Data)
			found = found || err == nil && e.Action == access.RecoverKey && e.Object == string(m.users[login]) && e.Purpose == "papers"
		}
		if !found {
			m.t.Errorf("the log does not name %s", login)
		}
	}
}

// TestOnePaperOpensNothing: one officer alone, twice, or with a slip, gets nothing, and no secret lies about
// afterwards.
func TestOnePaperOpensNothing(t *testing.T) {
	m := newMachine(t, inFile(t))
	m.backup()
	m.lose()
	oto, dora := m.papers["oto"], m.papers["dora"]
	slip := []byte(dora)
	slip[0] = map[bool]byte{true: '2', false: '1'}[slip[0] == '1']
	for what, try := range map[string]struct {
		papers []string
		key    string
	}{
		"no paper":         {nil, "seal.share.few"},
		"one paper":        {[]string{oto}, "seal.share.few"},
		"one paper twice":  {[]string{oto, oto}, "seal.share.repeated"},
		"a slip":           {[]string{oto, string(slip)}, "seal.paper.check"},
		"a line too few":   {[]string{oto, dora[:strings.LastIndexByte(dora, '\n')]}, "seal.paper.lines"},
		"two lines change": {[]string{oto, swapped(dora)}, "seal.paper.check"},
	} {
		if err := m.again(try.papers...); key(err) != try.key {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(m.c.Secret.File); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a secret is there: %v", what, err)
		}
		if _, err := os.Stat(m.c.Dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a data directory is there: %v", what, err)
		}
	}
	// A secret that lies there is never overwritten, and a restore that fails leaves none.
	m.must(os.WriteFile(m.c.Secret.File, []byte("another node's"), 0o600))
	if err := m.again(oto, dora); key(err) != "node.secret.there" {
		t.Errorf("a secret is there: %v", err)
	}
	if b, err := os.ReadFile(m.c.Secret.File); err != nil || string(b) != "another node's" {
		t.Errorf("the secret that was there reads %q, %v", b, err)
	}
	m.must(os.Remove(m.c.Secret.File))
	m.content = m.keys
	if err := m.again(oto, dora); key(err) != "backup.pair" {
		t.Errorf("keys twice: %v", err)
	}
	if _, err := os.Stat(m.c.Secret.File); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after a restore that failed a secret is there: %v", err)
	}
}

func swapped(paper string) string {
	lines := strings.Split(paper, "\n")
	lines[3], lines[7] = lines[7], lines[3]
	return strings.Join(lines, "\n")
}

// TestPapersOfEarlierSharesDoNotServe: with new shares the old papers are worth nothing for what is backed up since,
// alone or beside a new one.
func TestPapersOfEarlierSharesDoNotServe(t *testing.T) {
	m := newMachine(t, inFile(t))
	old := map[string]string{"oto": m.papers["oto"], "dora": m.papers["dora"]}
	if _, err := m.n.Keyring.TakePaper(t.Context(), m.as("oto")); key(err) != "keyring.paper.taken" {
		t.Errorf("a paper shown twice: %v", err)
	}
	if _, err := m.n.Keyring.TakePaper(t.Context(), m.as("ana")); !fault.Is(err, fault.Denied) {
		t.Errorf("a paper for somebody else: %v", err)
	}
	m.enrol()
	m.backup()
	m.lose()
	if err := m.again(old["oto"], old["dora"]); key(err) != "node.papers.other" {
		t.Errorf("two old papers: %v", err)
	}
	if err := m.again(old["oto"], m.papers["dora"]); key(err) != "seal.share.set" {
		t.Errorf("an old and a new paper: %v", err)
	}
	m.must(m.again(m.papers["oto"], m.papers["dora"]))
	m.open()
	m.reads()
}

// TestNoOfficersNoEscrow: before officers are enrolled a backup opens with node.secret only, and says so.
func TestNoOfficersNoEscrow(t *testing.T) {
	c := birth(t)
	n, err := node.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close(context.WithoutCancel(t.Context())) }()
	var content, keys bytes.Buffer
	pair, err := n.Backups.Make(t.Context(), access.Console("MD"), &content, &keys)
	if err != nil || pair.Keys.Recovery != "" {
		t.Fatalf("recovery key %q, %v", pair.Keys.Recovery, err)
	}
	if _, escrow, err := backup.Escrowed(bytes.NewReader(keys.Bytes())); err != nil || escrow != nil {
		t.Errorf("escrow %x, %v", escrow, err)
	}
}

// TestAThiefWithArchivesDatabaseAndOnePaperFindsNothing: he has both archives, the whole data directory and the paper
// of one officer. Neither what she said nor the secret nor another share lies in any of it, and whatever opens with a
// recovery key does not open with what he has.
func TestAThiefWithArchivesDatabaseAndOnePaperFindsNothing(t *testing.T) {
	m := newMachine(t, inFile(t))
	m.backup()
	m.close()
	secret, err := os.ReadFile(m.c.Secret.File)
	m.must(err)
	raw, err := hex.DecodeString(strings.TrimSpace(string(secret)))
	m.must(err)
	dora, err := seal.ParsePaper(m.papers["dora"])
	m.must(err)
	th := nodetest.NewThief(planted, strings.TrimSpace(string(secret)), string(raw), string(dora), strings.Split(m.papers["ilse"], "\n")[5])
	m.must(th.Dir(m.c.Dir))
	for _, f := range []*os.File{m.content, m.keys} {
		b, err := os.ReadFile(f.Name())
		m.must(err)
		th.Bytes(f.Name(), b)
	}
	if len(th.Finds) > 0 || th.Seen < 100_000 {
		t.Errorf("%v in %d bytes", th.Finds, th.Seen)
	}
	head, escrow, err := backup.Escrowed(m.keys)
	m.must(err)
	if head.Recovery == "" || len(escrow) == 0 {
		t.Fatal("there is nothing to steal")
	}
	oto, err := seal.ParsePaper(m.papers["oto"])
	m.must(err)
	if _, _, err := keyring.Quorum([][]byte{oto}); key(err) != "seal.share.few" {
		t.Errorf("one paper: %v", err)
	}
	// He makes up the other share: its digest does not fit. He takes a key of his own: the escrow does not open.
	made, err := seal.Split(nil, seal.NewKEM(nil).Bytes(), 3, 2)
	m.must(err)
	forged := append(append([]byte{}, made[1][:3]...), oto[3:11]...)
	forged = append(forged, made[1][11:]...)
	if _, _, err := keyring.Quorum([][]byte{oto, forged}); err == nil {
		t.Error("a share that was made up fits")
	}
	if _, err := keyring.OpenEscrow("MD", seal.NewKEM(nil), escrow); key(err) != "keyring.escrow.wrong" {
		t.Errorf("another recovery key: %v", err)
	}
}

// TestAnEscrowOfSomebodyElseIsRefused: anybody can seal to a public key. A secret that the node did not put in escrow
// itself, and one that was made for another member or key, do not open even with the right recovery key.
func TestAnEscrowOfSomebodyElseIsRefused(t *testing.T) {
	m := newMachine(t, inFile(t))
	m.backup()
	_, escrow, err := backup.Escrowed(m.keys)
	m.must(err)
	var shares [][]byte
	for _, login := range []string{"dora", "ilse"} {
		b, err := seal.ParsePaper(m.papers[login])
		m.must(err)
		shares = append(shares, b)
	}
	private, whose, err := keyring.Quorum(shares)
	m.must(err)
	if len(whose) != 2 || whose[0] != 2 || whose[1] != 3 {
		t.Errorf("papers of %v", whose)
	}
	if _, err := keyring.OpenEscrow("MD", private, escrow); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.OpenEscrow("MK", private, escrow); key(err) != "keyring.escrow.wrong" {
		t.Errorf("another member's: %v", err)
	}
	aad := frame.JoinText("opentrm/secret-escrow/1", "MD", string(private.Public().ID()))
	inner, err := private.Public().Seal([]byte("opentrm/secret-escrow/1"), aad, seal.NewKey(nil).Bytes())
	m.must(err)
	for what, b := range map[string][]byte{"sealed to the public key": inner, "under a key of his own": seal.NewKey(nil).Seal(aad, inner), "cut": escrow[:len(escrow)-1]} {
		if _, err := keyring.OpenEscrow("MD", private, b); key(err) != "keyring.escrow.wrong" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestTheDrillOpensTheEscrow: a drill passes only if the officers would get back the secret with which the node runs.
func TestTheDrillOpensTheEscrow(t *testing.T) {
	m := newMachine(t, inFile(t))
	entry := audit.Did(access.Console("MD"), access.EnrolKey, "recovery")
	m.must(store.Writer[keyring.Tx](m.n.DB)(t.Context(), entry, func(tx keyring.Tx) error {
		e, err := tx.Escrow(t.Context())
		if err != nil {
			return err
		}
		e.Sealed[len(e.Sealed)-1] ^= 1
		return tx.SetEscrow(t.Context(), e)
	}))
	m.must(m.n.Keyring.OfferShare(t.Context(), m.as("oto"), m.users["dora"]))
	if err := m.n.Keyring.Drill(t.Context(), m.as("dora")); key(err) != "keyring.escrow.wrong" {
		t.Errorf("a drill with an escrow that does not open: %v", err)
	}
}
