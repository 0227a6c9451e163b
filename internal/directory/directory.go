package directory

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Light says whether a service has room.
type Light string

// The lights.
const (
	Free    Light = "free"
	Few     Light = "few"
	Full    Light = "full"
	Unknown Light = "unknown" // nobody has said, or too long ago
)

// Address is where a place is.
type Address struct {
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country"` // ISO 3166-1, two letters
}

// Place is where an organisation is found.
type Place struct {
	ID      string  `json:"place,omitempty"` // UUID
	Name    string  `json:"name"`
	Address Address `json:"address"`
}

// Offer is one service of an organisation.
type Offer struct {
	ID          id.Service `json:"service,omitempty"`
	Code        string     `json:"code"` // of the list of services
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Languages   []string   `json:"languages,omitempty"` // BCP 47 tags
}

// Body is what everybody who signs in may read of an organisation.
type Body struct {
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Email       string  `json:"email,omitempty"`
	Website     string  `json:"website,omitempty"`
	Phone       string  `json:"phone,omitempty"`
	Services    []Offer `json:"services"`
	Places      []Place `json:"places"` // public ones
}

// Capacity is what was last said of the room of a service.
type Capacity struct {
	Service id.Service `json:"service"`
	Light   Light      `json:"light"`
	Said    frame.Time `json:"said"` // 0: never
}

// Organisation is who helps, as a reader sees it.
type Organisation struct {
	ID           id.Organisation `json:"organisation"`
	Desk         id.Desk         `json:"desk"` // that keeps it
	Body         Body            `json:"body"`
	Confidential bool            `json:"confidential"` // has places that only the desk opens
	Capacity     []Capacity      `json:"capacity"`     // one for each service, in their order
	Ends         []End           `json:"ends" nullable:"false"`
	Erasing      *Asked          `json:"erasing,omitempty"` // somebody has proposed to erase it, and a second person decides
	Moving       *Asked          `json:"moving,omitempty"`  // another desk is asked to keep it
	Verified     frame.Time      `json:"verified"`          // when somebody last confirmed all this
	Stale        bool            `json:"stale"`             // that is too long ago
	Version      int64           `json:"version"`
}

// Row is an organisation as it is kept.
type Row struct {
	ID            id.Organisation
	Desk          id.Desk
	Source        string // identifier in the file it was imported from; "": written here
	Body          []byte // JSON of [Body]
	Sealed        []byte // confidential places; nil: none
	SealedVersion int64
	Box           keyring.Box
	State         []byte // JSON of what has ended, where it came from and what waits for somebody
	Verified      frame.Time
	Version       int64
}

// Filter narrows a list.
type Filter struct {
	Code     string          // of a service
	Text     string          // in the name, the description, or what a service or public place is called, whatever its case
	Language string          // BCP 47, in which the service is given
	Country  string          // of a public place; who has confidential places only counts as at home where the node is
	City     string          // part of it
	Room     bool            // a service has room, by its light
	Stale    bool            // nobody has confirmed it for long
	Ended    bool            // also what has ended
	After    id.Organisation // the last one of the page before
	Limit    int             // at most 200; 0: 50
}

// KeepTx keeps organisations.
type KeepTx interface {
	// AddOrganisation adds one; [fault.Conflict] if it is there, or one from the same source.
	AddOrganisation(ctx context.Context, r Row) error
	// SetOrganisation replaces one and raises its version; [fault.Stale] if another version is stored.
	SetOrganisation(ctx context.Context, r Row) error
	// Organisation returns one; [fault.NotFound] if there is none.
	Organisation(ctx context.Context, o id.Organisation) (Row, error)
	// OrganisationFrom returns the one imported under an identifier; [fault.NotFound] if there is none.
	OrganisationFrom(ctx context.Context, source string) (Row, error)
	// Organisations returns those after one, in the order of identifiers.
	Organisations(ctx context.Context, after id.Organisation, limit int) ([]Row, error)
	// Capacities returns what was last said of the services of an organisation.
	Capacities(ctx context.Context, o id.Organisation) ([]Capacity, error)
	// SetCapacity keeps what was said of a service.
	SetCapacity(ctx context.Context, o id.Organisation, c Capacity) error
}

// NameTx keeps which desks have written services into plans.
type NameTx interface {
	// Organisation returns one; [fault.NotFound] if there is none.
	Organisation(ctx context.Context, o id.Organisation) (Row, error)
	// NameService remembers that a desk has written a service into a plan.
	NameService(ctx context.Context, o id.Organisation, service id.Service, desk id.Desk) error
}

// Tx is what the directory needs kept.
type Tx interface {
	keyring.Tx
	KeepTx
	NameTx
	// ServicesNamed returns which services of an organisation desks have written into plans.
	ServicesNamed(ctx context.Context, o id.Organisation) ([]Naming, error)
	// DropOrganisation deletes an organisation with its keys and what was said of its services; [fault.NotFound] if there is none.
	DropOrganisation(ctx context.Context, o id.Organisation) error
	// SetOrganisationOffer keeps the key that was handed to another desk.
	SetOrganisationOffer(ctx context.Context, o id.Organisation, h keyring.Handed) error
	// OrganisationOffer returns it; [fault.NotFound] if there is none.
	OrganisationOffer(ctx context.Context, o id.Organisation) (keyring.Handed, error)
	// DropOrganisationOffer destroys it.
	DropOrganisationOffer(ctx context.Context, o id.Organisation) error
}

// What somebody has to do about an organisation: the kinds of tasks.
const (
	TaskEnded = "directory.ended" // look at the plans of one's desk: a service in them has ended
	TaskErase = "directory.erase" // confirm or refuse that an organisation is erased
	TaskMove  = "directory.move"  // take over a record, or not
)

// Service is the use-cases of the directory.
type Service struct {
	Write  func(context.Context, audit.Entry, func(Tx) error) error
	Read   func(context.Context, func(Tx) error) error
	Now    func() time.Time
	IDs    id.Maker
	Member id.Member
	Keys   *keyring.Service
	// Tell gives a desk a task about an organisation; nil: nobody is told.
	Tell func(ctx context.Context, tx Tx, kind string, o id.Organisation, to id.Desk) error
	// Settle ends the tasks of a kind about an organisation; nil: there are none.
	Settle func(ctx context.Context, tx Tx, kind string, o id.Organisation) error
}

func (s *Service) now() frame.Time { return frame.At(s.Now()) }

// codes returns the list of services.
func codes() ([]string, error) {
	d, err := casefile.Shipped()
	return d.Codes(casefile.ListService), err
}

func of(desk id.Desk, o id.Organisation) access.Resource {
	return access.Resource{Noun: "directory", ID: string(o), Realm: access.Office, Desk: desk}
}
