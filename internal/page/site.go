package page

import (
	"log/slog"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/web/asset"
)

// Site is the node as every page knows it.
type Site struct {
	Signin    *signin.Service // finds out who is signed in
	Member    id.Member
	Texts     *lang.Catalogue
	Assets    *asset.Set
	Log       *slog.Logger
	Now       func() time.Time
	IDs       id.Maker
	Elsewhere string                                // address to which "leave this page quickly" leads; empty: a calendar of this node
	Neutral   string                                // path below which pages say nothing of the program; empty: none
	Demo      bool                                  // an invented member: every page says so
	Law       func() profile.Set                    // the profiles as they stand now
	Desks     *Desks                                // what the desks of the network are called
	Emergency func(*Visit) bool                     // whether the reader works at the desk for emergencies; nil: nobody does
	Beside    func(v *Visit, pattern string) []Link // what others have found out about the step of the work that a page is for; nil: nothing is shown
	Menu      []Way                                 // what the pages offer, what belongs together together
	Often     func(access.Role) []string            // paths of the menu that stand outside of its drawer for a role, in that order
	Sent      Sent                                  // remembers the forms that were sent
}

// Zone is the time zone of a member's offices, as its profile names it; UTC where none is known.
func (s *Site) Zone(m id.Member) *time.Location {
	if s.Law != nil {
		if zone, err := s.Law().Zone(m); err == nil {
			return zone
		}
	}
	return time.UTC
}

// Way is a way into the pages that a menu offers: a path, the key of its name, and who is offered it.
type Way struct {
	Path, Text string
	Action     access.Action // empty: everybody
	Realm      access.Realm  // empty: every realm
	Group      string        // key of the name of its group in the drawer of the menu
	Emergency  bool          // only at the desk that may open a case of another in an emergency
}

// Route is one line of the map: what is asked where, which action it is, and who answers.
type Route struct {
	Pattern string
	Action  access.Action // empty if anybody may ask
	Public  string        // why anybody may ask
	Body    int64         // bytes of a form with files; 0: a form without
	Serve   func(*Visit) error
}

// Map collects the lines of an area of the pages. V is what the area makes of a visit: the visit with the nouns that
// its screens need.
type Map[V any] struct {
	enter func(*Visit) V
	all   []Route
}

// NewMap begins the map of an area.
func NewMap[V any](enter func(*Visit) V) *Map[V] { return &Map[V]{enter: enter} }

// For adds a line for those who may take an action.
func (m *Map[V]) For(pattern string, action access.Action, serve func(V) error) {
	m.all = append(m.all, Route{Pattern: pattern, Action: action, Serve: func(v *Visit) error { return serve(m.enter(v)) }})
}

// Files is For, for a form with files of so many bytes in all.
func (m *Map[V]) Files(pattern string, action access.Action, most int64, serve func(V) error) {
	m.For(pattern, action, serve)
	m.all[len(m.all)-1].Body = most
}

// Open adds a line for anybody, and says why.
func (m *Map[V]) Open(pattern, why string, serve func(V) error) {
	m.all = append(m.all, Route{Pattern: pattern, Public: why, Serve: func(v *Visit) error { return serve(m.enter(v)) }})
}

// Routes returns the lines in the order in which they were added.
func (m *Map[V]) Routes() []Route { return m.all }
