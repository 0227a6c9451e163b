package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Identity says that whom an issuer means is a user of this node. It opens nothing.
type Identity struct {
	ID     string     `json:"identity"`
	User   id.User    `json:"-"`
	Issuer string     `json:"issuer"` // its address
	Mark   []byte     `json:"-"`      // digest of issuer and subject
	Made   frame.Time `json:"made"`
	By     id.User    `json:"by"` // herself, or the administrator who linked it beforehand
	Used   frame.Time `json:"used,omitempty"`
}

// settingIssuer names the roles that an issuer must know when they sign in.
const settingIssuer = "signin.demand.issuer"

// subjectMark is by which an identity is found. What the issuer calls her is not kept.
func subjectMark(issuer, subject string) []byte {
	h := sha256.Sum256(frame.JoinText("opentrm/identity/1", issuer, subject))
	return h[:]
}

// Identities lists the identities that are linked to an account, oldest first.
//
// It fails with [fault.Denied] for whoever neither owns the account nor links identities.
func (s *Service) Identities(ctx context.Context, who access.Actor, user id.User) ([]Identity, error) {
	action, on := access.ListUnlock, unlockOf(user)
	if user != who.User {
		action, on = access.LinkUser, userOf(user)
	}
	if err := access.Check(who, action, on); err != nil {
		return nil, err
	}
	var all []Identity
	err := s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.IdentitiesOf(ctx, user)
		return err
	})
	return all, err
}

func userOf(user id.User) access.Resource {
	return access.Resource{Noun: "user", ID: string(user), Realm: access.Office, Owner: user}
}

// LinkIdentity links what [Service.Return] brought to the actor's account, who says with her passphrase that it is she who wants it.
//
// It fails with [fault.Conflict] "signin.issuer.late" if it is over or of another session, "signin.issuer.linked" if it is linked to
// somebody or she has one of this issuer; and as [Service.Prove] does.
func (s *Service) LinkIdentity(ctx context.Context, who access.Actor, keep, passphrase, address string) error {
	if err := access.Check(who, access.AddUnlock, unlockOf(who.User)); err != nil {
		return err
	}
	var k known
	if s.carried(infoKnown, keep, &k) != nil || k.For != toLink || k.Session != string(who.Session) || k.Ends <= int64(s.now()) || who.Session == "" {
		return fault.New(fault.Conflict, "signin.issuer.late")
	}
	i, ok := s.issuerOf(k.Issuer)
	if !ok {
		return fault.New(fault.Conflict, "signin.issuer.late")
	}
	if err := s.mayPay(ctx, who); err != nil {
		return err
	}
	u, master, locks, err := s.reopen(ctx, who, passphrase, address)
	if err != nil {
		return err
	}
	master.Wipe()
	made := Identity{ID: s.identityID(), User: who.User, Issuer: k.Issuer, Mark: k.Mark, Made: s.now(), By: who.User}
	return s.Write(ctx, audit.Did(who, access.AddUnlock, made.ID).For("issuer"), func(tx Tx) error {
		if err := tx.DropAttempt(ctx, attemptKey("both-", u.Login, address)); err != nil {
			return err
		}
		if err := s.move(ctx, tx, u, locks); err != nil {
			return err
		}
		if err := s.linkIn(ctx, tx, made); err != nil {
			return err
		}
		return s.paidIssuer(ctx, tx, who, i)
	})
}

func (s *Service) identityID() string { return hex.EncodeToString(seal.Draw(s.Rand, 16)) }

func (s *Service) linkIn(ctx context.Context, tx Tx, made Identity) error {
	all, err := tx.IdentitiesOf(ctx, made.User)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(i Identity) bool { return i.Issuer == made.Issuer }) {
		return fault.New(fault.Conflict, "signin.issuer.linked")
	}
	return tx.AddIdentity(ctx, made)
}

// UnlinkIdentity takes an identity away from the actor's account, and ends her other sessions.
//
// It fails with [fault.Denied], and with [fault.NotFound] if she has no such identity.
func (s *Service) UnlinkIdentity(ctx context.Context, who access.Actor, identity string) error {
	if err := access.Check(who, access.RemoveUnlock, unlockOf(who.User)); err != nil {
		return err
	}
	if err := s.mayPay(ctx, who); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.RemoveUnlock, identity).For("issuer"), func(tx Tx) error {
		if err := unlinkIn(ctx, tx, who.User, identity); err != nil {
			return err
		}
		return s.endOthers(ctx, tx, who)
	})
}

func unlinkIn(ctx context.Context, tx Tx, user id.User, identity string) error {
	found, err := tx.Identity(ctx, identity)
	if fault.Is(err, fault.NotFound) || err == nil && found.User != user {
		return fault.New(fault.NotFound, "signin.unlock.missing")
	}
	if err != nil {
		return err
	}
	return tx.DropIdentity(ctx, identity)
}

// LinkUser links an identity to the account of somebody else beforehand: whom the issuer calls so. Nothing is guessed from names or
// addresses, which an issuer may give to another person tomorrow.
//
// It fails with [fault.Denied]; with [fault.Invalid] for a subject of another form; with [fault.NotFound] if there is no such issuer or
// account; and with [fault.Conflict] "signin.issuer.linked".
func (s *Service) LinkUser(ctx context.Context, who access.Actor, user id.User, issuer, subject string) (Identity, error) {
	if err := access.Check(who, access.LinkUser, userOf(user)); err != nil {
		return Identity{}, err
	}
	i, err := s.IssuerNamed(issuer)
	if err != nil {
		return Identity{}, err
	}
	subject = strings.TrimSpace(subject)
	if !SubjectForm(subject) {
		return Identity{}, fault.New(fault.Invalid, "signin.field").With("field", "subject")
	}
	made := Identity{ID: s.identityID(), User: user, Issuer: i.URL, Mark: subjectMark(i.URL, subject), Made: s.now(), By: who.User}
	err = s.Write(ctx, audit.Did(who, access.LinkUser, string(user)).For("linked"), func(tx Tx) error {
		if _, err := tx.User(ctx, user); err != nil {
			return err
		}
		return s.linkIn(ctx, tx, made)
	})
	return made, err
}

// SubjectForm reports whether an issuer may call somebody so (OpenID Connect Core 2).
func SubjectForm(subject string) bool {
	return subject != "" && len(subject) <= 255 && !strings.ContainsFunc(subject, func(r rune) bool { return r > '~' || unicode.IsControl(r) })
}

// UnlinkUser takes an identity away from the account of somebody else, for example when her account there was taken over or is lost.
//
// It fails with [fault.Denied], and with [fault.NotFound] if she has no such identity.
func (s *Service) UnlinkUser(ctx context.Context, who access.Actor, user id.User, identity string) error {
	if err := access.Check(who, access.LinkUser, userOf(user)); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.LinkUser, string(user)).For("unlinked"), func(tx Tx) error {
		return unlinkIn(ctx, tx, user, identity)
	})
}

// DemandedIssuer lists the roles that an issuer must know when they sign in.
//
// It fails with [fault.Denied].
func (s *Service) DemandedIssuer(ctx context.Context, who access.Actor) ([]access.Role, error) {
	return s.demanded(ctx, who, settingIssuer)
}

// DemandIssuer says which roles an issuer must know when they sign in, beside what opens their keys. While the node asks no issuer
// nothing is demanded. An administrator is never asked: she must be able to lift this when the issuer is gone.
//
// It fails with [fault.Denied], and with [fault.Invalid] for a role that there is not, or that of the administrator.
func (s *Service) DemandIssuer(ctx context.Context, who access.Actor, roles []access.Role) error {
	if slices.Contains(roles, access.Administrator) {
		return fault.New(fault.Invalid, "signin.issuer.administrator").With("field", "issuer-role")
	}
	return s.demand(ctx, who, settingIssuer, roles)
}

// paidIssuer notes that the actor has linked an identity, which her role may have demanded.
func (s *Service) paidIssuer(ctx context.Context, tx Tx, who access.Actor, i Issuer) error {
	session, err := s.session(ctx, tx, who)
	if err != nil || session == nil || !session.Owes && !session.Unlinked {
		return err
	}
	session.Owes, session.Unlinked = session.Owes && !i.Second, false
	return tx.SetSession(ctx, *session)
}

// needsIssuer says whether one of the places is of a role that an issuer must know.
func (s *Service) needsIssuer(ctx context.Context, tx Tx, all []Place) (bool, error) {
	if len(s.AllIssuers()) == 0 {
		return false, nil
	}
	roles, err := demandedIn(ctx, tx, settingIssuer)
	return slices.ContainsFunc(all, func(p Place) bool { return slices.Contains(roles, p.Role) }), err
}

// linked says whether one of a user's identities is of an issuer that the node asks, and of one that is a second thing.
func (s *Service) linked(ctx context.Context, tx Tx, user id.User) (has, second bool, err error) {
	all, err := tx.IdentitiesOf(ctx, user)
	for _, x := range all {
		if i, ok := s.issuerOf(x.Issuer); ok {
			has, second = true, second || i.Second
		}
	}
	return has, second, err
}
