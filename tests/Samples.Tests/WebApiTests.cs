using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Samples.Tests.Support;

namespace SAMed.MLNet.Samples.Tests;

/// <summary>The web service, in this process.</summary>
public sealed class WebApiTests
{
    private const int MaxUploadBytes = 200_000;
    private const int MaxVoxels = 50_000;
    private TrainedModel _model = null!;
    private WebApplicationFactory<Program> _service = null!;
    private HttpClient _client = null!;

    private string Uploads => _model.File("uploads");

    [OneTimeSetUp]
    public void Start()
    {
        _model = new TrainedModel(withBase: true);
        Directory.CreateDirectory(Uploads);
        Directory.CreateDirectory(_model.File("sent"));
        Directory.CreateDirectory(_model.File("received"));
        _service = Service(_model.Zip, Path.GetDirectoryName(_model.BaseFile)!);
        _client = _service.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client.Dispose();
        _service.Dispose();
        _model.Dispose();
    }

    [TearDown]
    public void No_upload_is_left() =>
        Assert.That(Directory.GetFileSystemEntries(Uploads), Is.Empty);

    [Test]
    public async Task It_says_that_it_is_well_and_what_it_knows()
    {
        var health = await _client.GetFromJsonAsync<JsonElement>("/health");

        Assert.That(health.GetProperty("status").GetString(), Is.EqualTo("ok"));
        Assert.That(health.GetProperty("device").GetString(), Is.EqualTo("cpu"));
        Assert.That(health.GetProperty("classes").EnumerateArray().Select(name => name.GetString()), Is.EqualTo(LabelTable.Synapse.Classes.Select(entry => entry.Name)));
    }

    [TestCase("image.nii.gz", "application/gzip")]
    [TestCase("image.nii", "application/octet-stream")]
    public async Task A_volume_comes_back_as_labels_on_its_own_grid(string name, string type)
    {
        var file = _model.File("sent/" + name);
        VolumeFile.Write(file, VolumeFile.ReadImage(_model.Image), ImageStorage.Int16);

        using var response = await Post(file, type);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/gzip"));
        var labels = await LabelsOf(response);
        Assert.That(labels.Voxels, Is.EqualTo(_model.Volume.Voxels));
        Assert.That(labels.Geometry.Matches(VolumeFile.Identify(file).Geometry, toleranceMm: 1e-4), Is.True);
    }

    [Test]
    public async Task The_orientation_of_the_file_is_kept()
    {
        var turned = _model.File("sent/turned.nii.gz");
        VolumeFile.Write(turned, Orientation.Reorient(VolumeFile.ReadImage(_model.Image), "LIP"), ImageStorage.Int16);

        using var response = await Post(turned);

        var labels = await LabelsOf(response);
        Assert.That(labels.Geometry.Matches(VolumeFile.Identify(turned).Geometry, toleranceMm: 1e-4), Is.True);
        Assert.That(Orientation.Of(labels.Geometry.Affine), Is.EqualTo("LIP"));
        Assert.That(Orientation.Reorient(labels, "RAS").Voxels, Is.EqualTo(_model.Volume.Voxels));
    }

    [Test]
    public async Task Eight_requests_at_once_get_what_one_gets()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Post(_model.Image)));

        foreach (var response in responses)
        {
            using (response)
            {
                Assert.That((await LabelsOf(response)).Voxels, Is.EqualTo(_model.Volume.Voxels));
            }
        }
    }

    [TestCase("text", "no NIfTI file")]
    [TestCase("empty", "end of the file")]
    [TestCase("cut off", "gzip")]
    [TestCase("npz", "npz")]
    [TestCase("header of a pair", "expected")]
    public async Task What_is_no_volume_is_a_bad_request_that_says_why(string kind, string why)
    {
        using var response = await Post(BadFile(kind), "application/octet-stream");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(why).And.Not.Contain(_model.File("")));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_upload_above_the_limit_is_refused(bool saysItsLength)
    {
        var bytes = new byte[MaxUploadBytes + 1];
        using HttpContent content = saysItsLength ? new ByteArrayContent(bytes) : new Chunked(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");

        using var response = await _client.PostAsync("/segment", content);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), Does.Contain($"{MaxUploadBytes} bytes"));
    }

    [Test]
    public async Task A_volume_above_the_limit_is_refused_by_its_header()
    {
        var large = _model.File("sent/large.nii.gz");
        VolumeFile.Write(large, new Volume<float>(Geometry.Unplaced(51, 100, 10)), ImageStorage.UInt8);

        using var response = await Post(large);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), Does.Contain("51000 voxels"));
    }

    [Test]
    public void A_client_that_goes_away_during_its_upload_leaves_nothing()
    {
        using var gone = new CancellationTokenSource();
        using var content = new Interrupted(gone, Uploads);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");

        Assert.That(() => _client.PostAsync("/segment", content, gone.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(content.HadArrived, Is.True, "the service had not begun to keep the upload");
        Assert.That(() => Directory.GetFileSystemEntries(Uploads), Is.Empty.After(delayInMilliseconds: 20_000, pollingInterval: 20));
    }

    [Test]
    public async Task Another_content_type_is_refused()
    {
        using var response = await Post(_model.Image, "application/json");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
    }

    [Test]
    public void A_service_without_its_model_does_not_start()
    {
        using var service = Service(_model.File("nothing.zip"), "");

        Assert.That(() => service.CreateClient(), Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("nothing.zip"));
    }

    private WebApplicationFactory<Program> Service(string model, string baseFolder) => new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
    {
        host.UseSetting("Segmentation:ModelPath", model);
        host.UseSetting("Segmentation:BaseFolders:0", baseFolder);
        host.UseSetting("Segmentation:TempFolder", Uploads);
        host.UseSetting("Segmentation:MaxUploadBytes", $"{MaxUploadBytes}");
        host.UseSetting("Segmentation:MaxVoxels", $"{MaxVoxels}");
        host.UseSetting("Logging:LogLevel:Default", "Error");
    });

    private async Task<HttpResponseMessage> Post(string file, string type = "application/gzip")
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await _client.PostAsync("/segment", content);
    }

    private async Task<LabelVolume> LabelsOf(HttpResponseMessage response)
    {
        var file = _model.File($"received/{Guid.NewGuid():N}.nii.gz");
        await File.WriteAllBytesAsync(file, await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
        return VolumeFile.ReadLabels(file);
    }

    private string BadFile(string kind)
    {
        var file = _model.File($"sent/{kind}");
        var image = VolumeFile.ReadImage(_model.Image);
        switch (kind)
        {
            case "text":
                File.WriteAllText(file, "This is no volume at all.");
                break;
            case "empty":
                File.WriteAllBytes(file, []);
                break;
            case "cut off":
                File.WriteAllBytes(file, File.ReadAllBytes(_model.Image)[..^1000]);
                break;
            case "npz":
                VolumeFile.Write(file += ".npz", image);
                break;
            case "header of a pair":
                VolumeFile.Write(file + ".nii", image);
                var bytes = File.ReadAllBytes(file + ".nii");
                "ni1\0"u8.CopyTo(bytes.AsSpan(344));
                File.WriteAllBytes(file, bytes);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "is no kind of bad file");
        }
        return file;
    }

    /// <summary>A body that does not say its length beforehand.</summary>
    private sealed class Chunked(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes, 0, bytes.Length);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A body whose sender goes away when the service has made a place for it.</summary>
    private sealed class Interrupted(CancellationTokenSource sender, string uploads) : HttpContent
    {
        public bool HadArrived { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[1000]);
            await stream.FlushAsync();
            for (var patience = 0; !HadArrived && patience < 1000; patience++)
            {
                await Task.Delay(20);
                HadArrived = Directory.GetFileSystemEntries(uploads).Length > 0;
            }
            await sender.CancelAsync();
            await Task.Delay(Timeout.Infinite, sender.Token);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
