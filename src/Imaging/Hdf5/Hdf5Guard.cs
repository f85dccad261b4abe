using System.Globalization;
using System.Text.RegularExpressions;
using PureHDF;
using PureHDF.VOL.Native;
using SAMed.MLNet.Imaging.Binary;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>The border to the HDF5 library, which answers damaged files with exceptions of every kind, plain <see cref="Exception"/> among them,
/// and follows whatever addresses a file gives: here they become <see cref="VolumeFormatException"/>.</summary>
internal static partial class Hdf5Guard
{
    /// <summary>Runs <paramref name="use"/> on an opened file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">Anything in the file is not as the library expects it.</exception>
    public static T Run<T>(string path, string field, Func<OpenFile, T> use)
    {
        using var file = Open(path, field);
        return file.Run(field, use);
    }

    /// <summary>Opens a file for more than one use.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">It is no HDF5 file, or damaged.</exception>
    public static OpenFile Open(string path, string field)
    {
        var stream = InputFile.Open(path);
        try
        {
            var budget = new BudgetStream(stream);
            return new OpenFile(path, H5File.Open(budget, leaveOpen: true), budget, stream);
        }
        catch (Exception e) when (IsFormatFault(e))
        {
            stream.Dispose();
            throw Translate(path, field, e);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Everything that a damaged file can cause; not what the machine causes, and not our own errors.</summary>
    private static bool IsFormatFault(Exception e) => e switch
    {
        VolumeFormatException or OutOfMemoryException or UnauthorizedAccessException or OperationCanceledException => false,
        IOException => e is EndOfStreamException or InvalidDataException,
        _ => true,
    };

    private static VolumeFormatException Translate(string path, string field, Exception e)
    {
        var filter = MissingFilter().Match(e.Message);
        if (filter.Success)
        {
            return new VolumeFormatException(path, field + " filter", "no filter but gzip, shuffle, Fletcher-32 or scale-offset (repack the file with gzip)",
                $"'{filter.Groups[1].Value}' (filter {filter.Groups[2].Value})", e);
        }
        return e.Message.Contains("Byte order", StringComparison.Ordinal)
            ? new VolumeFormatException(path, field + " byte order", "little endian", "big endian; repack the file as little endian", e)
            : new VolumeFormatException(path, field, "an intact HDF5 file", string.Create(CultureInfo.InvariantCulture, $"a failure while reading it ({e.GetType().Name}: {e.Message.TrimEnd('.')})"), e);
    }

    [GeneratedRegex(@"filter '([^']*)' with ID '(\d+)'")]
    private static partial Regex MissingFilter();

    /// <summary>An opened file and the stream that it is read through.</summary>
    public sealed class OpenFile(string path, NativeFile root, BudgetStream budget, Stream file) : IDisposable
    {
        /// <summary>The root group.</summary>
        public NativeFile Root => root;

        /// <summary>What the library reads through.</summary>
        public BudgetStream Stream => budget;

        /// <summary>Runs <paramref name="use"/> on the file; what goes wrong in it is told as damage of <paramref name="field"/>.</summary>
        /// <exception cref="VolumeFormatException">Anything in the file is not as the library expects it.</exception>
        public T Run<T>(string field, Func<OpenFile, T> use)
        {
            try
            {
                return use(this);
            }
            catch (Exception e) when (IsFormatFault(e))
            {
                throw Translate(path, field, e);
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            root.Dispose();
            budget.Dispose();
            file.Dispose();
        }
    }
}
