package audit

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// BeginEpoch is the action of the first entry of every epoch after the first.
const BeginEpoch access.Action = "audit.epoch"

// Beginning states why an epoch after the first began: the node was restored, and what it had logged
// since the backup is lost.
type Beginning struct {
	Member    id.Member
	Epoch     int64      // that begins
	Time      frame.Time // whole seconds
	Kept      int64      // size of the epoch before, as restored
	KeptRoot  tlog.Hash  // its root
	Witnessed int64      // size of the last witnessed checkpoint of the epoch before; 0: none
	Root      tlog.Hash  // its root; the root of the empty tree if none
}

// Lost returns the range of leaves that were witnessed and are gone, [from, to); empty if from == to.
func (b Beginning) Lost() (from, to int64) { return b.Kept, max(b.Kept, b.Witnessed) }

func (b Beginning) origin() string {
	return "opentrm/" + string(b.Member) + "/epoch/" + strconv.FormatInt(b.Epoch, 10)
}

// Text returns the text that is signed (spec/audit-log.md, section 8).
func (b Beginning) Text() string {
	from, to := b.Lost()
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return b.origin() + "\ntime " + n(b.Time.Time().Unix()) +
		"\nkept " + n(b.Kept) + " " + b.KeptRoot.String() +
		"\nwitnessed " + n(b.Witnessed) + " " + b.Root.String() +
		"\nlost " + n(from) + " " + n(to) + "\n"
}

// ParseBeginning reads the signed statement with which an epoch began and checks its signature.
//
// It fails as [ParseCheckpoint] does.
func ParseBeginning(text string, roster Roster) (Beginning, error) {
	body, _, ok := cutNote(text)
	if !ok {
		return Beginning{}, fault.New(fault.Invalid, "audit.epoch.form")
	}
	b, err := parseBeginning(body)
	if err != nil {
		return Beginning{}, err
	}
	keys, ok := roster[b.Member]
	if !ok {
		return Beginning{}, fault.New(fault.NotFound, "audit.member.unknown")
	}
	return b, verifyNote(text, b.origin(), keys.Log)
}

func parseBeginning(text string) (Beginning, error) {
	bad := fault.New(fault.Invalid, "audit.epoch.form")
	lines := strings.Split(text, "\n")
	if len(lines) != 6 {
		return Beginning{}, bad
	}
	parts := strings.Split(lines[0], "/")
	if len(parts) != 4 {
		return Beginning{}, bad
	}
	member, err := id.ParseMember(parts[1])
	if err != nil {
		return Beginning{}, bad
	}
	b := Beginning{Member: member}
	if b.Epoch, err = parseSize(parts[3]); err != nil || b.Epoch < 2 || b.Epoch > maxEpoch {
		return Beginning{}, bad
	}
	seconds, err := parseSize(strings.TrimPrefix(lines[1], "time "))
	if err != nil {
		return Beginning{}, bad
	}
	b.Time = frame.At(time.Unix(seconds, 0))
	if b.Kept, b.KeptRoot, err = parseSized(strings.TrimPrefix(lines[2], "kept ")); err != nil {
		return Beginning{}, bad
	}
	if b.Witnessed, b.Root, err = parseSized(strings.TrimPrefix(lines[3], "witnessed ")); err != nil {
		return Beginning{}, bad
	}
	if b.Text() != text {
		return Beginning{}, bad
	}
	return b, nil
}

func parseSized(s string) (int64, tlog.Hash, error) {
	number, hash, _ := strings.Cut(s, " ")
	n, err := parseSize(number)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	h, err := tlog.ParseHash(hash)
	return n, h, err
}

// Begin starts a new epoch after a restore: it signs what is known to be lost and makes that statement
// the first leaf. last is the newest witnessed checkpoint of the epoch before, as the peers have it, and
// the zero State if there is none. It returns the signed statement, which goes to every member.
//
// It fails with [fault.NotFound] if there is no log, with [fault.Invalid] if last is of another member
// or epoch, with [fault.Internal] if rand or key fails or the head is damaged, and as tx and keeper fail.
func Begin(
	ctx context.Context, tx Tx, keeper Keeper, rand io.Reader, key crypto.Signer, member id.Member, last State, now frame.Time,
) (string, error) {
	head, err := tx.AuditHead(ctx)
	if err != nil {
		return "", err
	}
	if head.Epoch == 0 {
		return "", fault.New(fault.NotFound, "audit.none")
	}
	if last.Size > 0 && (last.Member != member || last.Epoch != head.Epoch) {
		return "", fault.New(fault.Invalid, "audit.epoch.other")
	}
	old, err := openTree(head)
	if err != nil {
		return "", err
	}
	b := Beginning{Member: member, Epoch: head.Epoch + 1, Time: frame.At(now.Time().Truncate(time.Second)), Kept: old.size, Witnessed: last.Size, Root: last.Root}
	if b.KeptRoot, err = old.root(); err != nil {
		return "", err
	}
	if last.Size == 0 {
		if b.Root, err = tlog.TreeHash(0, nil); err != nil {
			return "", fault.Wrap(fault.Internal, "audit.epoch.root", err)
		}
	}
	signed, err := signNote(b.Text(), b.origin(), key)
	if err != nil {
		return "", err
	}
	e := Did(access.Node(member), BeginEpoch, "epoch/"+strconv.FormatInt(b.Epoch, 10)).Leaving(b.digest()).At(now)
	data, err := e.Payload()
	if err != nil {
		return "", err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return "", fault.Wrap(fault.Internal, "audit.random", err)
	}
	t := &tree{epoch: b.Epoch}
	t.add(leafOf(salt, data))
	if err := tx.ExtendAudit(ctx, t.head(), nil, []Payload{{At(b.Epoch, 0), salt, data}}); err != nil {
		return "", err
	}
	return signed, keeper.AddAuditEpoch(ctx, b.Epoch, signed)
}

// digest returns the SHA-256 of the statement, which the first leaf of the epoch holds.
func (b Beginning) digest() string {
	sum := sha256.Sum256([]byte(b.Text()))
	return hex.EncodeToString(sum[:])
}

// Loss is what a witness knows to be gone from a log after its restore.
type Loss struct {
	Beginning Beginning
	From, To  int64 // leaves of the epoch before that this witness knew of and the node lost
	Hidden    bool  // this witness has accepted a later checkpoint than the statement names
	Fork      *Fork // the statement names a root that the log did not have when this witness saw it
}

// Follow judges the statement with which a member began a new epoch, and from then on expects
// checkpoints of that epoch. A statement that does not name the last checkpoint this witness accepted
// is followed too, as the member may not have been able to reach us, but the loss says so.
//
// It fails as [Witness.Add] does, and with [fault.Stale] if the epoch is not after the one observed.
func (w Witness) Follow(ctx context.Context, tx WitnessTx, from id.Member, text string) (Loss, error) {
	b, err := ParseBeginning(text, w.Roster)
	if err != nil {
		return Loss{}, err
	}
	if b.Member != from || from == w.Member {
		return Loss{}, fault.New(fault.Denied, "audit.member.other")
	}
	o, err := tx.AuditObserved(ctx, from)
	if err != nil {
		return Loss{}, err
	}
	if o.Epoch >= b.Epoch {
		return Loss{}, fault.New(fault.Stale, "audit.epoch.old")
	}
	loss := Loss{Beginning: b, From: b.Kept, To: b.Kept}
	_, loss.To = b.Lost()
	if o.Epoch == b.Epoch-1 && o.Size > 0 {
		loss.To = max(loss.To, o.Size)
		loss.Hidden = o.Size > b.Witnessed
	}
	if loss.Fork, err = w.compare(ctx, tx, b, text); err != nil {
		return Loss{}, err
	}
	lost, err := tx.AuditUnproven(ctx, from, maxDemands)
	if err != nil {
		return Loss{}, err
	}
	for _, s := range lost {
		if s.At.Epoch() == b.Epoch-1 && s.At.Index() > b.Kept {
			loss.To = max(loss.To, s.At.Index())
			s.Proven = true // nobody can prove it any more; the loss names it
			if err := tx.SetAuditSeen(ctx, s); err != nil {
				return Loss{}, err
			}
		}
	}
	return loss, tx.SetAuditObserved(ctx, Observed{Member: from, Epoch: b.Epoch, Time: frame.At(w.Now())})
}

// compare checks the roots that b names against the checkpoints that this witness has of those sizes.
func (w Witness) compare(ctx context.Context, tx WitnessTx, b Beginning, text string) (*Fork, error) {
	for _, size := range []int64{b.Witnessed, b.Kept} {
		seen, err := tx.AuditSeen(ctx, b.Member, At(b.Epoch-1, size))
		if err != nil {
			return nil, err
		}
		if seen.Note == "" {
			continue
		}
		was, err := stateOf(seen.Note)
		if err != nil {
			return nil, err
		}
		if b.denies(was) {
			return keepFork(ctx, tx, Fork{Member: b.Member, First: seen.Note, Second: text})
		}
	}
	return nil, nil
}

// denies reports whether b names another root for a size of the epoch before than s, which was signed.
func (b Beginning) denies(s State) bool {
	return s.Member == b.Member && s.Epoch == b.Epoch-1 &&
		(s.Size == b.Witnessed && s.Root != b.Root || s.Size == b.Kept && s.Root != b.KeptRoot)
}
