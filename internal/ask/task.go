package ask

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

// TaskCommand is "opentrm task" with what stands below it.
type TaskCommand struct {
	List taskList `cmd:"" help:"List what is due at one's desk."`
	Done taskDone `cmd:"" help:"Mark a task as done."`
}

type taskList struct{ console.Remote }

func (c *taskList) Run(s *console.Screen) error {
	return console.Show(s, c.Remote, "/tasks")
}

type taskDone struct {
	console.Remote
	Task id.Task `arg:""`
}

func (c *taskDone) Run(s *console.Screen) error {
	return console.Do(s, c.Remote, http.MethodPost, "/tasks"+console.Seg(c.Task)+"/done", nil, "done")
}
