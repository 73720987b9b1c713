package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// gap stands in a summary for what only a run knows.
const gap = "…"

var formatVerb = regexp.MustCompile(`%[a-z]`)

// diagnosticCalls are the functions of the framework that make a diagnostic, and
// which of their arguments is the summary.
var diagnosticCalls = map[string]int{
	"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0,
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
}

// summaryReader reads the summaries of all errors and warnings out of the code. It goes by a
// convention, and fails the test where the code leaves it: a summary is written out where the
// diagnostic is made, or it is an argument, a variable or a result whose name is summary. What
// was tried, of which the summary says that the provider was unable to do it, has the name operation.
type summaryReader struct {
	t     *testing.T
	files *token.FileSet
	// asked are the positions of the arguments with these names, by name and function.
	asked map[string]map[string]int
	found map[string]token.Position
}

// readSummaries reads them from all packages below this one. Each has the place where it stands.
func readSummaries(t *testing.T) map[string]token.Position {
	t.Helper()
	r := summaryReader{t: t, files: token.NewFileSet(), asked: map[string]map[string]int{"summary": {}, "operation": {}}, found: map[string]token.Position{}}
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "acctest":
			return fs.SkipDir
		case entry.IsDir(), filepath.Ext(name) != ".go", strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(r.files, name, nil, parser.SkipObjectResolution)
		folder := filepath.Dir(name)
		packages[folder] = append(packages[folder], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, files := range packages {
		for _, file := range files {
			r.noteFunctions(folder, file)
		}
	}
	for folder, files := range packages {
		for _, file := range files {
			ast.Inspect(file, func(node ast.Node) bool {
				r.visit(folder, node)
				return true
			})
		}
	}
	return r.found
}

// noteFunctions notes which functions of a package take a summary or an operation.
func (r *summaryReader) noteFunctions(folder string, file *ast.File) {
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok {
			for name, functions := range r.asked {
				if at := indexOf(function.Type.Params, name); at >= 0 {
					functions[filepath.Base(folder)+"."+function.Name.Name] = at
				}
			}
		}
	}
}

// indexOf is the position of a name among parameters or results, or -1.
func indexOf(list *ast.FieldList, name string) int {
	position := 0
	if list != nil {
		for _, field := range list.List {
			for _, n := range field.Names {
				if n.Name == name {
					return position
				}
				position++
			}
		}
	}
	return -1
}

func (r *summaryReader) visit(folder string, node ast.Node) {
	switch n := node.(type) {
	case *ast.FuncDecl:
		r.readResults(n)
	case *ast.CallExpr:
		function, own := calledFunction(folder, n)
		if at, ok := diagnosticCalls[function]; ok && at < len(n.Args) {
			r.read("summary", n.Args[at])
		}
		for name, functions := range r.asked {
			if at, ok := functions[own]; ok && at < len(n.Args) {
				r.read(name, n.Args[at])
			}
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if len(n.Lhs) == len(n.Rhs) {
				r.readNamed(left, n.Rhs[i])
			}
		}
	case *ast.KeyValueExpr:
		r.readNamed(n.Key, n.Value)
	}
}

// calledFunction is the name of a function or method that is called, alone and with its package.
func calledFunction(folder string, call *ast.CallExpr) (name, own string) {
	in := filepath.Base(folder)
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "session" {
			in = x.Name
		}
	}
	return name, in + "." + name
}

// readResults reads what a function returns as its result of such a name, or a function of that name returns.
func (r *summaryReader) readResults(function *ast.FuncDecl) {
	for name := range r.asked {
		at := indexOf(function.Type.Results, name)
		if function.Name.Name == name {
			at = 0
		}
		if at < 0 || function.Body == nil {
			continue
		}
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if result, ok := node.(*ast.ReturnStmt); ok && len(result.Results) > at {
				r.read(name, result.Results[at])
			}
			_, isNested := node.(*ast.FuncLit)
			return !isNested
		})
	}
}

func (r *summaryReader) readNamed(left, right ast.Expr) {
	if name, ok := left.(*ast.Ident); ok && r.asked[name.Name] != nil {
		r.read(name.Name, right)
	}
}

// read notes words that are written out. Those that are handed on are read where they come from.
func (r *summaryReader) read(name string, expression ast.Expr) {
	switch e := expression.(type) {
	case *ast.Ident:
		if e.Name == name {
			return
		}
	case *ast.SelectorExpr:
		if e.Sel.Name == name {
			return
		}
	case *ast.CallExpr:
		// A function's several results, or a method of this name: "failure.Summary()".
		called, _ := calledFunction("", e)
		if called != "Sprintf" && (name == "summary" || called == name) {
			return
		}
	}
	words := writtenOut(expression)
	if name == "operation" {
		words = "Unable to " + words + " " + gap
	}
	if strings.Trim(strings.TrimPrefix(words, "Unable to "), gap+" ") != "" {
		r.found[words] = r.files.Position(expression.Pos())
	} else if name == "operation" || !strings.HasPrefix(words, "Unable to ") { // else the operations say it
		r.t.Errorf("%s: write the %s out here, or let it have this name", r.files.Position(expression.Pos()), name)
	}
}

// writtenOut is a text with gaps for what is not a literal.
func writtenOut(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return writtenOut(e.X) + writtenOut(e.Y)
	case *ast.CallExpr:
		if called, _ := calledFunction("", e); called == "Sprintf" {
			return formatVerb.ReplaceAllString(writtenOut(e.Args[0]), gap)
		}
	}
	return gap
}
