using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SAMed.MLNet.Packages.Tests.Documentation;

/// <summary>The C# of a Markdown page as one program, as a reader would type it in from top to bottom.</summary>
internal static class PageProgram
{
    private const string Fence = "```";

    // What a new project has by itself.
    private static readonly string[] ImplicitUsings = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"];

    private static readonly IReadOnlyList<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>The page's blocks that are marked as C#, each with the number of its first line.</summary>
    public static IReadOnlyList<(int Line, string Code)> BlocksOf(string markdown)
    {
        List<(int, string)> blocks = [];
        var lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var fence = lines[i].Trim();
            if (!fence.StartsWith(Fence, StringComparison.Ordinal))
            {
                continue;
            }
            var end = Array.FindIndex(lines, i + 1, line => line.Trim() == Fence);
            end = end < 0 ? lines.Length : end;
            if (fence == Fence + "csharp")
            {
                blocks.Add((i + 2, string.Join('\n', lines[(i + 1)..end])));
            }
            i = end;
        }
        return blocks;
    }

    /// <summary>Errors of the compiler, each with the line of the page.</summary>
    public static IReadOnlyList<string> ErrorsOf(string page, IReadOnlyList<(int Line, string Code)> blocks)
    {
        var tree = CSharpSyntaxTree.ParseText(Join(page, blocks), new CSharpParseOptions(LanguageVersion.Latest));
        var options = new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable);
        return [.. CSharpCompilation.Create("page", [tree], References, options).GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error)
            .Select(found => $"{found.Location.GetMappedLineSpan().Path}:{found.Location.GetMappedLineSpan().StartLinePosition.Line + 1}: {found.Id} {found.GetMessage()}")];
    }

    // C# wants directives first and types last; a page has them where they are explained.
    private static string Join(string page, IReadOnlyList<(int Line, string Code)> blocks)
    {
        var (usings, statements, types) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        foreach (var name in ImplicitUsings)
        {
            usings.AppendLine($"global using {name};");
        }
        HashSet<string> seen = [];
        foreach (var (line, code) in blocks)
        {
            var root = CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot();
            foreach (var directive in root.Usings.Where(directive => seen.Add(directive.ToString())))
            {
                Add(usings, directive, line);
            }
            foreach (var member in root.Members)
            {
                Add(member is GlobalStatementSyntax ? statements : types, member, line);
            }
        }
        return $"{usings}{statements}{types}";

        void Add(StringBuilder part, SyntaxNode node, int line) =>
            part.AppendLine().AppendLine($"#line {line + node.GetLocation().GetLineSpan().StartLinePosition.Line} \"{page}\"").AppendLine(node.ToString());
    }
}
