using System.Diagnostics;
using System.Reflection;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How the <c>samed</c> program is started on this machine.</summary>
/// <param name="FileName">The program, or the <c>dotnet</c> that runs it.</param>
/// <param name="Arguments">What stands before the command: nothing, or the path of <c>samed.dll</c>.</param>
public sealed record SamedProgram(string FileName, IReadOnlyList<string> Arguments)
{
    private const string Name = "samed";

    /// <summary>The program as words of a command line, without a command.</summary>
    public IReadOnlyList<string> Words => [FileName, .. Arguments];

    /// <summary>This process when it is <c>samed</c>; else the one beside this process's assemblies; else the one on the PATH.</summary>
    /// <exception cref="FileNotFoundException">There is none; says what to do.</exception>
    public static SamedProgram Find()
    {
        if (Assembly.GetEntryAssembly()?.GetName().Name == Name && Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == Name)
        {
            return new(self, []);
        }
        return In(AppContext.BaseDirectory) ?? OnPath() ?? throw new FileNotFoundException(
            $"The program {Name} is needed to do trials in processes of their own, and is neither in {AppContext.BaseDirectory} nor on the PATH. Install it, or run trials in process.", Name);
    }

    /// <summary>The command <paramref name="arguments"/> of the program, to be started.</summary>
    internal ProcessStartInfo Start(IEnumerable<string> arguments) => new(FileName, [.. Arguments, .. arguments]);

    private static SamedProgram? In(string folder)
    {
        var (dll, program) = (Path.Combine(folder, Name + ".dll"), Path.Combine(folder, OperatingSystem.IsWindows() ? Name + ".exe" : Name));
        return File.Exists(dll) ? new(DotNet(), [dll]) : File.Exists(program) ? new(program, []) : null;
    }

    private static SamedProgram? OnPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(In).OfType<SamedProgram>().FirstOrDefault();

    private static string DotNet() =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path
        : Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
